"""Several drafts of one reply: which one is shown."""

from __future__ import annotations

from collections.abc import Sequence

SHORTEST = 4
"""Characters; less is no answer."""


def choose_draft(question: str, drafts: Sequence[str]) -> int:
    """Return which draft shares most pairs of characters with the question; ties: the first.

    A model this small often answers about a neighbour of what was asked; several drafts cost
    little in one batch. Drafts too short to be an answer lose to all others.

    Args:
        question: what was asked.
        drafts: at least one.
    """
    asked = {question[i : i + 2] for i in range(len(question) - 1)}

    def closeness(number: int) -> tuple[bool, int]:
        draft = drafts[number]
        return len(draft) >= SHORTEST, sum(pair in draft for pair in asked)

    return max(range(len(drafts)), key=closeness)
