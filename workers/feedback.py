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


def show(store: Store, settings: Settings, echo: Echo, examples: int = 0) -> None:
    """Print the versions, the weights of the one in force, and what it changes.

    Args:
        store: has versions and votes.
        settings: have the time zone.
        echo: prints a line.
        examples: replies to print, with what would stand there.
    """
    votes, current = store.votes.entries(), store.rankers.current()
    pleased = sum(vote.value > 0 for vote in votes)
    echo(f"{len(votes)} votes are kept, {pleased} of them 赞 / 保存着 {len(votes)} 条评价")
    for version in store.rankers.versions():
        echo(_row(version, ZoneInfo(settings.timezone), is_current=version.number == current))
    for worker in store.models.workers():
        echo(f"  worker {worker.name}: " + (f"ranker {worker.ranker}" if worker.ranker else "rule"))
    used = store.rankers.version(current) if current else None
    if used is None:
        echo("the rule chooses: of drafts that passed the check the one least made up")
        echo("现在按规则选：通过检查的几稿里，模型最有把握的一稿")
        return
    try:
        ranker = Ranker.of_fields(current, used.weights)
    except KnowledgeError as error:
        echo(str(error))
        return
    _show_weights(ranker, votes, echo)
    _show_changes(ranker, store, votes, echo, examples)


def _row(version: RankerVersion, zone: ZoneInfo, *, is_current: bool) -> str:
    at = datetime.fromtimestamp(version.at, zone).strftime("%Y-%m-%d %H:%M")
    mark = "*" if is_current else " "
    return (
        f"{mark} ranker {version.number}  {at}  {version.by}  {version.votes} votes"
        f"  AUC {version.auc:.3f}, rule {version.rule_auc:.3f}"
        f" ({version.low:+.3f} to {version.high:+.3f})"
    )


def _show_weights(ranker: Ranker, votes: Sequence[Vote], echo: Echo) -> None:
    echo("weights (for one standard deviation more; above 0: followers like it) / 权重：")
    for name, weight in zip(NAMED, ranker.weights, strict=False):
        echo(f"  {name} {_NAMES_ZH[name]}  {weight:+.2f}")
    liked, disliked = _heavy(ranker, votes)
    if liked:
        echo(f"  pairs of characters liked / 受欢迎的字对: {' '.join(liked)}")
        echo(f"  and disliked / 不受欢迎的字对: {' '.join(disliked)}")


def _show_changes(
    ranker: Ranker, store: Store, votes: Sequence[Vote], echo: Echo, examples: int
) -> None:
    readings = store.readings()
    changed, same = (int(readings.count("ranked", one)) for one in ("another", "the_same"))
    echo(f"since the first ranker: {changed} of {changed + same} replies are other drafts")
    echo(f"启用以来：{changed + same} 个回答里，{changed} 个换成了另一稿")
    found = choices(ranker, votes)
    other = [one for one in found if one.ranked != one.by_rule]
    if found:
        mean = [np.mean([len(getattr(one, who)) for one in found]) for who in ("ranked", "by_rule")]
        echo(
            f"of {len(found)} voted replies with a choice it takes another draft in {len(other)}:"
            f" {mean[0]:.0f} characters on average, the rule {mean[1]:.0f}"
        )
        echo(
            f"评价过且有得选的 {len(found)} 个回答里，{len(other)} 个会换一稿："
            f"平均 {mean[0]:.0f} 字，规则 {mean[1]:.0f} 字"
        )
    for one in other[:examples]:
        echo(f"  问 {one.question}\n    规则 rule    {one.by_rule}\n    排序 ranker  {one.ranked}")


@dataclass(frozen=True, slots=True)
class Choice:
    """A reply that was voted on, chosen anew.

    Attributes:
        question: what was asked.
        ranked: what the ranker would show.
        by_rule: what the rule would.
    """

    question: str
    ranked: str
    by_rule: str


def choices(ranker: Ranker, votes: Sequence[Vote]) -> list[Choice]:
    """Choose anew for each kept reply that has two drafts or more that passed."""
    found = []
    for vote in votes:
        fit = [_candidate(one) for one in vote.drafts if may_be_shown(one.text, one.fault)]
        if len(fit) > 1:
            at, rule = best(vote.question, fit, ranker), best(vote.question, fit)
            found.append(Choice(vote.question, fit[at].text, fit[rule].text))
    return found


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
