"""Several drafts of one reply: which one is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

SHORTEST = 4
"""Characters; less is no answer."""

_ENOUGH = 3
# Characters that no subject has, and others of which alone none is made.
_FUNCTION = frozenset(
    "什么怎样哪些几谁何吗呢吧啊呀的了是在会能可以就都也还又很你您他她它这那个请问讲说谈聊想给"
    "与跟或为因该得"
)
_COMMON = _FUNCTION | frozenset("有好不没我一下看要里中上人老最近总来去用做叫写")
_ASKS_AFTER = re.compile(
    "什么是|是什么|什么叫|功效|性味|归经|归哪|归什么|入哪|组成|由哪|由什么|哪几味|哪些药|主治|治什么|有什么用|"
    "作用|有毒|在哪|属于哪|为什么叫|为什么说|为什么要|怎么来|来历|出自|谁创|谁的方|区别|区分|不一样"
)
_COMMON_PAIRS = frozenset(("古人", "中医", "古书", "介绍", "知道", "了解", "区别"))


def choose_draft(question: str, drafts: Sequence[str], bits: Sequence[float] = ()) -> int:
    """Return which draft keeps to the question, and of those the one that was least made up.

    A model this small often answers about a neighbour of what was asked; several drafts cost
    little in one batch. Drafts too short to be an answer lose to all others; then one that shares
    more pairs of characters with the question wins, up to three; then the one that surprised the
    model least; then the one that is most like the others, since what the model knows it says
    again and what it makes up it makes up anew (Wang et al. 2022, Self-Consistency,
    arXiv:2203.11171); then the first.

    Args:
        question: what was asked.
        drafts: at least one.
        bits: surprise of each in bits a character; none, or as many as drafts.
    """
    asked = _subject(question)
    said = [_pairs(draft) for draft in drafts]

    def standing(number: int) -> tuple[bool, int, float, float]:
        mine = said[number]
        likeness = sum(_likeness(mine, other) for i, other in enumerate(said) if i != number)
        long_enough = len(drafts[number]) >= SHORTEST
        shared = min(len(asked & mine), _ENOUGH)
        return long_enough, shared, -bits[number] if bits else 0.0, likeness

    return max(range(len(drafts)), key=standing)


def stays_on_topic(question: str, draft: str) -> bool:
    """Return whether a draft names anything of the thing that a question asks after.

    Only questions that ask after a thing by its name ("足三里在哪里？") are looked at, and of those
    only the ones that have a name ("它治什么？" has none): thanks, complaints and small talk are
    rightly answered in other words.
    """
    asked = _subject(question) if _ASKS_AFTER.search(question) else set()
    return not asked or bool(asked & _pairs(draft))


def _subject(question: str) -> set[str]:
    """The pairs of characters that say what is asked about."""
    return {
        pair
        for pair in _pairs(question)
        if pair not in _COMMON_PAIRS
        and pair.isalnum()
        and not (_FUNCTION & set(pair))
        and not (pair[0] in _COMMON and pair[1] in _COMMON)
    }


def _pairs(text: str) -> set[str]:
    return {text[i : i + 2] for i in range(len(text) - 1)}


def _likeness(a: set[str], b: set[str]) -> float:
    """Shared pairs over all pairs, from 0 to 1."""
    return len(a & b) / len(a | b) if a or b else 0.0
