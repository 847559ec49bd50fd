"""The few words that followers may send as commands."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

Name = Literal[
    "help", "reset", "export", "erase", "up", "down", "feedback", "more", "agree", "disagree"
]

_WORDS: dict[str, Name] = {
    "帮助": "help", "幫助": "help", "help": "help", "?": "help", "指令": "help", "菜单": "help",
    "重置": "reset", "reset": "reset", "清空": "reset", "重新开始": "reset", "重新開始": "reset",
    "我的数据": "export", "我的數據": "export", "我的資料": "export",
    "删除我的数据": "erase", "刪除我的數據": "erase", "刪除我的資料": "erase", "删除数据": "erase",
    "赞": "up", "讚": "up", "贊": "up", "👍": "up",
    "踩": "down", "👎": "down",
    "同意": "agree", "不同意": "disagree", "撤回同意": "disagree",
    "继续": "more", "繼續": "more", "more": "more",
}  # fmt: skip
_FEEDBACK = re.compile(
    r"[#/]?(?:反馈|反饋|投诉|投訴|feedback)(?:[\s:：,，。!！]+|$)", re.IGNORECASE
)
_AROUND = re.compile(r"^[\s#/【\[「“\"'《]+|[\s。.!！~～】\]」”\"'》]+$")
_LONGEST_WORD, _LONGEST_FEEDBACK = 64, 1000


@dataclass(frozen=True, slots=True)
class Command:
    """A command and, for feedback, what was said."""

    name: Name
    text: str = ""


def parse_command(text: str) -> Command | None:
    """Return the command that the whole text is, or None for an ordinary sentence."""
    # Normalizing takes the square of the marks that combine with one letter, and looking for the
    # end of a word the square of its length: both see a bounded piece.
    plain = unicodedata.normalize("NFKC", text[:_LONGEST_FEEDBACK]).strip()
    if match := _FEEDBACK.match(plain):
        return Command("feedback", plain[match.end() :].strip())
    if len(plain) > _LONGEST_WORD:
        return None
    word = _AROUND.sub("", plain).lower()
    if not word and plain in ("?", "？"):
        word = "?"
    name = _WORDS.get(word)
    return Command(name) if name else None
