"""Sentences to the operator, in English and Chinese."""

from __future__ import annotations

import errno
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
    """Return whether the locale of an environment, by default the process', is a Chinese one."""
    env = os.environ if env is None else env
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    chosen = next((env[name] for name in names if env.get(name)), "")
    return chosen.lower().startswith("zh")


_REASONS = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EACCES: "没有权限",
    errno.EPERM: "不允许这样做",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EISDIR: "这是一个文件夹",
    errno.ENOSPC: "磁盘已满",
    errno.EDQUOT: "超出了磁盘配额",
    errno.EROFS: "文件系统是只读的",
    errno.ECONNREFUSED: "拒绝连接，那里没有服务在听",
    errno.ECONNRESET: "连接被断开",
    errno.EHOSTUNREACH: "到不了那台主机",
    errno.ENETUNREACH: "网络不通",
    errno.ETIMEDOUT: "连接超时",
}


def reason(error: BaseException) -> Notice:
    """Return why something was refused, in a few words."""
    if isinstance(error, UnicodeDecodeError):
        return Notice("it is not UTF-8 text", "不是 UTF-8 文本")
    if isinstance(error, OSError) and error.strerror:
        return Notice(error.strerror, _REASONS.get(error.errno or 0, error.strerror))
    said = str(error) or type(error).__name__
    return Notice(said, said)


def unwritable(place: object, error: OSError) -> Notice:
    """Return that a file or folder cannot be written, why, and what to do."""
    why = reason(error)
    return Notice(
        f"{place} cannot be written: {why}; give this user the right to (chown, chmod), make room"
        " on its disk, or choose another place",
        f"{place} 不能写入：{why.zh}；请给当前用户写权限（chown、chmod）、"
        "腾出磁盘空间，或换一个位置",
    )
