"""`xinglin feedback`: a ranker trained on votes, held against the rule, published, and shown.

Named by string where the command is: the web side imports neither `knowledge` nor NumPy.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np

from knowledge.drafts import best
from knowledge.errors import KnowledgeError
from knowledge.learn.ranking import (
    LEAST_FOLLOWERS,
    LEAST_OF_EACH,
    LEAST_VOTES,
    Outcome,
    VotedDraft,
    learn,
)
from knowledge.ranker import NAMED, Candidate, Ranker, bucket_of, pairs_of
from workers.choosing import may_be_shown
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.operations.ranker_registry import RankerVersion
from xinglin.store.users.votes import KeptDraft, Vote

Echo = Callable[[str], object]
_SHOWN = 8
"""Pairs of characters that are shown of those that weigh most."""
_NAMES_ZH = {"bits": "意外度", "coverage": "覆盖率", "mended": "改过错字", "length": "长度"}


def train(store: Store, by: str, echo: Echo, now: Callable[[], float] = time.time) -> int:
    """Train on the votes that are kept, and publish what beats the rule.

    Returns:
        The number of the published version; 0 where there is none, and the rule in force stays.
    """
    outcome = learn([_voted(vote) for vote in store.votes.entries()])
    for line in told(outcome):
        echo(line)
    if outcome.ranker is None or not outcome.accepted:
        return 0
    return store.rankers.publish(
        RankerVersion(
            at=now(),
            by=by,
            votes=outcome.votes,
            followers=outcome.followers,
            auc=round(outcome.auc, 4),
            rule_auc=round(outcome.rule_auc, 4),
            low=round(outcome.low, 4),
            high=round(outcome.high, 4),
            weights=outcome.ranker.fields(),
        )
    )


def told(outcome: Outcome) -> list[str]:
    """Return what training came to, in both languages."""
    counted = (
        f"{outcome.votes} votes of {outcome.followers} followers, {outcome.pleased} of them 赞"
    )
    if outcome.ranker is None:
        return [
            f"too few votes: {counted}; at least {LEAST_VOTES} of {LEAST_FOLLOWERS} followers are"
            f" needed, {LEAST_OF_EACH} of each kind. Votes are kept of followers who agreed"
            " (XINGLIN_CONSENT)",
            f"评价太少：{outcome.followers} 位关注者，{outcome.votes} 条（赞 {outcome.pleased}）；"
            f"至少要 {LEAST_FOLLOWERS} 位、{LEAST_VOTES} 条，赞和踩各 {LEAST_OF_EACH} 条。"
            "只保存同意过的关注者的评价（XINGLIN_CONSENT）",
        ]
    figures = (
        f"AUC {outcome.auc:.3f} on followers held out, the rule's {outcome.rule_auc:.3f};"
        f" difference {outcome.low:+.3f} to {outcome.high:+.3f} (95 %)"
    )
    zh = (
        f"在没见过的关注者上 AUC {outcome.auc:.3f}，现行规则 {outcome.rule_auc:.3f}，"
        f"差 {outcome.low:+.3f} 到 {outcome.high:+.3f}（95%）"
    )
    verdict = "it is better for sure" if outcome.accepted else "not better for sure: refused"
    verdict_zh = "确实更好" if outcome.accepted else "不能确定更好，没有采用"
    return [f"{counted}: {figures}; {verdict}", f"{zh}；{verdict_zh}"]


def show(store: Store, settings: Settings, echo: Echo) -> None:
    """Print the versions, the weights of the one in force, and what it changed."""
    zone, current = ZoneInfo(settings.timezone), store.rankers.current()
    votes = store.votes.entries()
    echo(f"{len(votes)} votes are kept, {sum(vote.value > 0 for vote in votes)} of them 赞")
    for version in store.rankers.versions():
        at = datetime.fromtimestamp(version.at, zone).strftime("%Y-%m-%d %H:%M")
        mark = "*" if version.number == current else " "
        echo(
            f"{mark} ranker {version.number}  {at}  {version.by}  {version.votes} votes"
            f"  AUC {version.auc:.3f}, rule {version.rule_auc:.3f}"
            f" ({version.low:+.3f} to {version.high:+.3f})"
        )
    for worker in store.models.workers():
        echo(f"  worker {worker.name}: " + (f"ranker {worker.ranker}" if worker.ranker else "rule"))
    used = store.rankers.version(current) if current else None
    if used is None:
        echo("the rule chooses: of drafts that passed the check the one least made up")
        echo("现在按规则选：通过检查的几稿里，模型最有把握的一稿")
        return
    try:
        _describe(Ranker.of_fields(current, used.weights), store, votes, echo)
    except KnowledgeError as error:
        echo(str(error))


def _describe(ranker: Ranker, store: Store, votes: Sequence[Vote], echo: Echo) -> None:
    echo("weights (for one standard deviation more; above 0: followers like it) / 权重：")
    for name, weight in zip(NAMED, ranker.weights, strict=False):
        echo(f"  {name} {_NAMES_ZH[name]}  {weight:+.2f}")
    liked, disliked = _heavy(ranker, votes)
    if liked:
        echo(f"  pairs of characters liked / 受欢迎的字对: {' '.join(liked)}")
        echo(f"  and disliked / 不受欢迎的字对: {' '.join(disliked)}")
    readings = store.readings()
    changed, same = (int(readings.count("ranked", one)) for one in ("another", "the_same"))
    echo(f"since the first ranker: {changed} of {changed + same} replies are other drafts")
    echo(f"启用以来：{changed + same} 个回答里，{changed} 个换成了另一稿")
    found = changes(ranker, votes)
    if found.replies:
        echo(
            f"of {found.replies} voted replies with a choice it takes another draft in"
            f" {found.other}: {found.length:.0f} characters on average, the rule {found.was:.0f}"
        )
        echo(
            f"评价过且有得选的 {found.replies} 个回答里，{found.other} 个会换一稿："
            f"平均 {found.length:.0f} 字，规则 {found.was:.0f} 字"
        )


@dataclass(frozen=True, slots=True)
class Changes:
    """What a ranker does otherwise than the rule on replies that were voted on.

    Attributes:
        replies: with two drafts or more that passed.
        other: where it takes another one.
        length, was: mean characters of its choice, and of the rule's.
    """

    replies: int
    other: int
    length: float
    was: float


def changes(ranker: Ranker, votes: Sequence[Vote]) -> Changes:
    """Choose anew for each kept reply, by the ranker and by the rule."""
    pairs = []
    for vote in votes:
        fit = [_candidate(one) for one in vote.drafts if may_be_shown(one.text, one.fault)]
        if len(fit) > 1:
            pairs.append((fit[best(vote.question, fit, ranker)], fit[best(vote.question, fit)]))
    if not pairs:
        return Changes(0, 0, 0.0, 0.0)
    lengths = np.array([[len(ours.text), len(rule.text)] for ours, rule in pairs]).mean(0)
    other = sum(ours != rule for ours, rule in pairs)
    return Changes(len(pairs), other, float(lengths[0]), float(lengths[1]))


def _heavy(ranker: Ranker, votes: Sequence[Vote]) -> tuple[list[str], list[str]]:
    """Return pairs of characters of voted replies that weigh most, for and against."""
    counts: dict[str, int] = defaultdict(int)
    for vote in votes:
        for pair in set(pairs_of(vote.shown.text)):
            counts[pair] += 1
    often = [pair for pair, n in counts.items() if n >= max(3, len(votes) // 50)]
    often.sort(key=lambda pair: ranker.weights[bucket_of(pair)])
    return often[: -_SHOWN - 1 : -1], often[:_SHOWN]


def _voted(vote: Vote) -> VotedDraft:
    return VotedDraft(vote.user, vote.question, _candidate(vote.shown), vote.value > 0)


def _candidate(draft: KeptDraft) -> Candidate:
    return Candidate(draft.text, draft.bits, draft.coverage, draft.fault == "mended")
