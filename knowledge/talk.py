"""Small talk of an owner's own: files named `talk`, which take no question from the other notes."""

from __future__ import annotations

from pathlib import PurePosixPath

from knowledge.notes import Note
from xinglin.normal import compact, normal_form

_GRAMMAR = frozenset("的了吗呢吧啊呀哦嗯哈啦嘛是在有我你您们请问就都也还很太真好么")


def is_talk(note: Note | None) -> bool:
    """Return whether a note is small talk."""
    return note is not None and PurePosixPath(note.place.file).stem.lower() == "talk"


def is_beside(note: Note, text: str) -> bool:
    """Return whether a note is small talk that has no words for a part of the text.

    Short everyday wordings lie near to any short question that was not learned: 我可以问你什么 to
    我可以退货吗. So each character with a meaning must stand in one of the note's wordings.
    """
    if not is_talk(note):
        return False
    said = compact(normal_form("".join(note.questions)))
    return bool(set(compact(text)) - _GRAMMAR - set(said))
