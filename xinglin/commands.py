"""The few words that followers may send as commands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from xinglin.normal import written

Name = Literal[
    "help", "reset", "export", "erase", "up", "down", "feedback", "more", "agree", "disagree"
]

_WORDS: dict[str, Name] = {
    "帮助": "help", "help": "help", "?": "help", "指令": "help", "菜单": "help",
    "重置": "reset", "reset": "reset", "清空": "reset", "重新开始": "reset",
    "我的数据": "export", "我的资料": "export",
    "删除我的数据": "erase", "删除我的资料": "erase", "删除数据": "erase",
    "赞": "up", "踩": "down",
    "同意": "agree", "不同意": "disagree", "撤回同意": "disagree",
    "继续": "more", "more": "more", "下一页": "more", "继续看": "more",
}  # fmt: skip
_THUMBS: dict[str, Name] = {"👍": "up", "👎": "down"}
_LONGEST_WORD = 64
_FEEDBACK = re.compile(
    r"[\s\ufeff\u200b]{0,8}[#/]?(?:反馈|反饋|投诉|投訴|feedback)(?:[\s:：,，。!！]{1,16}|$)",
    re.IGNORECASE,
)
_TONE = re.compile("[\ufe0f\U0001f3fb-\U0001f3ff]")
_AROUND = " \t\n#/【[「“\"'《.。!！~～】]」”》"


@dataclass(frozen=True, slots=True)
class Command:
    """A command.

    Attributes:
        name: of it.
        text: what was said, for feedback.
        complains: feedback that calls itself a complaint.
    """

    name: Name
    text: str = ""
    complains: bool = False

    @property
    def yields_to_rules(self) -> bool:
        """True for help, and for feedback that says nothing: a rule may take these words.

        What somebody complains of is kept, whatever the rules are.
        """
        return self.name == "help" or (self.name == "feedback" and not self.text)


def parse_command(text: str) -> Command | None:
    """Return the command that the whole text is, or None for an ordinary sentence."""
    if match := _FEEDBACK.match(text):
        return Command("feedback", text[match.end() :].strip(), "投" in match[0])
    if len(text) > _LONGEST_WORD:
        return None
    thumb = _THUMBS.get(_TONE.sub("", text.strip()))
    plain = written(text)
    word = plain.strip(_AROUND).lower() or plain
    name = thumb or _WORDS.get(word)
    return Command(name) if name else None
