"""A follow-up that names nothing, and notes that speak of another thing than the last subject."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from xinglin.normal import compact

_HEAD_WORDS = re.compile(
    "^(?:请问|你们|我们|咱们|您|这里|那里|店里|一般|平时|通常|到底|应该|可以|需要|都|还|要|该|我|的)+"
    "|(?:应该|可以|需要|一般|都|还|要|该|的|是|得)+$"
)
_TAIL = re.compile("[呀啊哦嘛哈啦呢吗的]+$")
_LEAD = re.compile("^(?:那么?|还有|请问|应该|一般|又|它|这个|那个|该|要)+")
_SHORTEST_FRAME, _SHORTEST_HEAD = 2, 2


def head(wording: str, question: str) -> str:
    """Return what a wording puts before a question: 红茶 in 红茶怎么泡, asked 那怎么泡呢.

    Returns "" where the wording does not end as the question does, or where nothing but words that
    name nothing stand before.
    """
    plain, frame = _TAIL.sub("", compact(wording)), _frame(question)
    if len(frame) < _SHORTEST_FRAME or not plain.endswith(frame):
        return ""
    if plain.removesuffix(frame).endswith(("不", "没")):  # 能不能退, asked 能退吗
        return ""
    before = _HEAD_WORDS.sub("", plain.removesuffix(frame))
    return before if len(before) >= _SHORTEST_HEAD else ""


def beside(wording: str, last: str) -> bool:
    """Return whether a wording asks the same as the last subject did, of another thing.

    白茶怎么泡 stands beside 红茶怎么泡.
    """
    one, other = _TAIL.sub("", compact(wording)), _TAIL.sub("", compact(last))
    same = 0
    while same < min(len(one), len(other)) and one[-1 - same] == other[-1 - same]:
        same += 1
    return same > _SHORTEST_FRAME and 0 < same < min(len(one), len(other))


def heads(wordings: Iterable[str], question: str) -> list[str]:
    """Return the heads of wordings; [] where one of them has none and so speaks of anything."""
    found = [head(one, question) for one in wordings]
    return found if all(found) else []


def are_rivals(notes: Sequence[Sequence[str]], question: str) -> bool:
    """Return whether the first note and another put different names before one question.

    Args:
        notes: the wordings of each, the nearest first.
        question: that names nothing.
    """
    named = [set(heads(wordings, question)) for wordings in notes]
    return bool(named and named[0]) and any(one and not one & named[0] for one in named[1:])


def shares_words(wordings: Iterable[str], question: str) -> bool:
    """Return whether a wording has two characters in a row of what is asked, beside any name."""
    frame, said = _frame(question), compact("\n".join(wordings))
    return any(frame[at : at + 2] in said for at in range(len(frame) - 1))


def _frame(question: str) -> str:
    return _LEAD.sub("", _TAIL.sub("", compact(question)))
