"""The choice among a model's drafts: a follower gets the first that its evidence bears out.

Where none is borne out, the evidence's own sentences are copied (`answer.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from knowledge.check import Checker, Fault, Reason, Verdict
from knowledge.faithful import mended, strays
from knowledge.ranker import Candidate, Ranker

REFUSAL = "这个我这里没有写到，不好乱说。"
"""Sentence that a model which reads evidence was taught to say where none of it fits."""

_MENDED = 1000.0


@dataclass(frozen=True, slots=True)
class Choice:
    """The drafts of one reply, judged.

    Attributes:
        verdicts: of the drafts that were looked at, in order.
        at: number of the draft to show; None where none may be.
        text: what to show of it; "" where none may be.
    """

    verdicts: tuple[Verdict, ...]
    at: int | None = None
    text: str = ""


def refuses(draft: str) -> bool:
    """Return whether a draft says that the evidence does not answer."""
    return draft.strip().startswith(REFUSAL[:-1])


def choose(
    checker: Checker, drafts: Sequence[str], evidence: Sequence[str], question: str
) -> Choice:
    """Return the first draft that passes, or passes once its slips are mended.

    One that refuses never passes.

    Args:
        checker: of the account.
        drafts: in the order in which they are to be tried.
        evidence: texts that the drafts were written from; () for small talk, which may claim
            nothing about medicine.
        question: what was asked.
    """
    verdicts: list[Verdict] = []
    for at, draft in enumerate(drafts):
        verdicts.append(judge(checker, draft, evidence, question))
        if verdicts[-1].passes and not refuses(draft):
            return Choice(tuple(verdicts), at, draft)
    for at, draft in enumerate(drafts if evidence else ()):
        text = mended(draft, evidence, question)
        if text != draft and judge(checker, text, evidence, question).passes:
            return Choice(tuple(verdicts), at, text)
    return Choice(tuple(verdicts))


def best(question: str, candidates: Sequence[Candidate], ranker: Ranker | None = None) -> int:
    """Return the number of the draft to show, of drafts that passed the check; -1 of none.

    A ranker that followers' votes taught decides where there is one, else the rule: one without
    slips if any, and of several the one that surprised the model least.
    """

    def standing(at: int) -> float:
        one = candidates[at]
        return by_rule(one) if ranker is None else ranker.score(question, one)

    return max(range(len(candidates)), key=standing, default=-1)


def by_rule(one: Candidate) -> float:
    """Return how the rule without votes places a draft among others; more is better."""
    return -one.bits - (_MENDED if one.mended else 0.0)


def judge(checker: Checker, draft: str, evidence: Sequence[str], question: str) -> Verdict:
    """Hold a draft against its evidence: what it says, and whether it was told from there."""
    if not evidence:
        return checker.check_talk(draft)
    verdict = checker.check(draft, evidence, question)
    strange = [Reason(Fault.STRAYS, words) for words in strays(draft, evidence, question)]
    return Verdict((*verdict.reasons, *strange), verdict.coverage)
