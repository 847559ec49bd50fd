"""Choice among drafts that passed the check."""

from __future__ import annotations

from collections.abc import Sequence

from knowledge.drafts import best
from knowledge.ranker import Candidate, Ranker
from workers.drafting import SHORTEST, Draft


def surest(question: str, drafts: Sequence[Draft], ranker: Ranker | None = None) -> int:
    """Return the number of the draft to show, of those that may be; -1 for none.

    One of which something was cut lacks what stands in the evidence, such as an owner's grams of
    tea.
    """
    fit = [at for at, one in enumerate(drafts) if may_be_shown(one.shown, one.fault)]
    chosen = best(question, [_candidate(drafts[at]) for at in fit], ranker)
    return fit[chosen] if fit else -1


def may_be_shown(shown: str, fault: str) -> bool:
    """Return whether a draft passed, and says enough to be an answer."""
    return len(shown) >= SHORTEST and fault != "cut"


def _candidate(draft: Draft) -> Candidate:
    coverage = draft.verdict.coverage if draft.verdict is not None else 0.0
    return Candidate(draft.shown, draft.done.bits_per_character, coverage, draft.fault == "mended")
