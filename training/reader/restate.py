"""The same question in other words, as another follower would type it."""

from __future__ import annotations

import re
import zlib

_SWAPS = (
    ("为什么", "为啥"),
    ("怎么办", "咋办"),
    ("是什么", "是啥"),
    ("有什么", "有啥"),
    ("什么是", "啥是"),
    ("什么叫", "啥叫"),
    ("有哪些", "有什么"),
    ("怎么", "如何"),
    ("怎么", "咋"),
    ("介绍一下", "说说"),
    ("讲讲", "讲一讲"),
    ("作用", "用处"),
    ("功效", "好处"),
    ("功效", "作用"),
)
_OPENINGS = ("请问", "你好，", "想问一下", "问一下，", "我想知道", "老师，", "那", "麻烦问下，")
_ENDINGS = ("", "？", "？", "呢？", "呢", "呀？", "啊", "？？", "～")
_BARE_ENDINGS = ("", "", "？", "？？", "。", "～")
_OPENED = re.compile("^(?:请|你|您|我|那|老师|麻烦|想|问|能|给|再|他|她|它|有人|听说)")
_CLOSED = re.compile("[吗呢吧呀啊了的嘛哦]$")


def restate(question: str, salt: str, *, opened: bool = True) -> str:
    """Return `question` reworded: a swapped word, an opening, another ending.

    Args:
        question: one line.
        salt: the same salt gives the same wording.
        opened: whether "请问" and its like may come before it; not before a greeting.
    """
    choice = zlib.crc32(f"{question}/{salt}".encode())
    said = question.rstrip("？?。！!～ ")
    if not said:
        return question
    swaps = [(old, new) for old, new in _SWAPS if old in said]
    if swaps and choice % 2:
        said = said.replace(*swaps[choice // 2 % len(swaps)], 1)
    if opened and choice // 32 % 5 < 2 and not _OPENED.match(said):
        said = _OPENINGS[choice // 256 % len(_OPENINGS)] + said
    bare = not opened or _CLOSED.search(said)
    endings = _BARE_ENDINGS if bare else _ENDINGS
    return said + endings[choice // 4096 % len(endings)]
