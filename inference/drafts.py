"""Several drafts of one reply: which one is shown."""

from __future__ import annotations

from collections.abc import Sequence

SHORTEST = 4
"""Characters; less is no answer."""


def choose_draft(question: str, drafts: Sequence[str]) -> int:
    """Return which draft keeps to the question, and of equals what most drafts say.

    A model this small often answers about a neighbour of what was asked; several drafts cost
    little in one batch. Drafts too short to be an answer lose to all others; then the one that
    shares most pairs of characters with the question wins; then the one that is most like the
    others, since what the model knows it says again and what it makes up it makes up anew
    (as Wang et al. 2022, Self-Consistency, arXiv:2203.11171, choose by a majority); then the first.

    Args:
        question: what was asked.
        drafts: at least one.
    """
    asked = _pairs(question)
    said = [_pairs(draft) for draft in drafts]

    def standing(number: int) -> tuple[bool, int, float]:
        mine = said[number]
        likeness = sum(_likeness(mine, other) for i, other in enumerate(said) if i != number)
        return len(drafts[number]) >= SHORTEST, len(asked & mine), likeness

    return max(range(len(drafts)), key=standing)


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


def _likeness(a: set[str], b: set[str]) -> float:
    """Shared pairs over all pairs, from 0 to 1."""
    return len(a & b) / len(a | b) if a or b else 0.0
