"""Sentences to the operator, in English and Chinese."""

from __future__ import annotations

import os
from collections.abc import Mapping


class Notice(str):
    """An English sentence, as logs and `/readyz` show it, that has a Chinese one beside it.

    Attributes:
        zh: the same in Chinese.
    """

    __slots__ = ("zh",)
    zh: str

    def __new__(cls, english: str, chinese: str) -> Notice:
        """Keep both."""
        made = super().__new__(cls, english)
        made.zh = chinese
        return made


def in_chinese(sentence: str) -> str:
    """Return the Chinese of a sentence; the sentence itself where it has none."""
    return sentence.zh if isinstance(sentence, Notice) else str(sentence)


def both(sentence: str, env: Mapping[str, str] | None = None) -> list[str]:
    """Return a sentence for a terminal: a line a language, first that of the terminal's locale."""
    english, chinese = str(sentence), in_chinese(sentence)
    if english == chinese:
        return [english]
    return [chinese, english] if speaks_chinese(env) else [english, chinese]


def speaks_chinese(env: Mapping[str, str] | None = None) -> bool:
    """Whether the locale of an environment, by default the process', is a Chinese one."""
    env = os.environ if env is None else env
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((env[name] for name in names if env.get(name)), "")
    return chosen.lower().startswith("zh")


def unwritable(place: object, error: OSError) -> Notice:
    """Return that a file or folder cannot be written, why, and what to do."""
    why = error.strerror or type(error).__name__
    return Notice(
        f"{place} cannot be written: {why}; give this user the right to (chown, chmod), make room"
        " on its disk, or choose another place",
        f"{place} 不能写入：{why}；请给当前用户写权限（chown、chmod）、腾出磁盘空间，或换一个位置",
    )
