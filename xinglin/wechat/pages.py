"""Long replies in pages that the platform takes: cut at a sentence, label and link counted in."""

from __future__ import annotations

LIMIT_BYTES = 2040

_SENTENCE = "。！？!?；;\n"
_CLAUSE = "，、,：: "


def paginate(
    text: str, *, limit_bytes: int = LIMIT_BYTES, suffix: str = "", more: str = ""
) -> tuple[str, str]:
    """Return (page, rest): the first page with its suffix, and what is left for later.

    Args:
        text: the whole text, or the rest of an earlier call.
        limit_bytes: of the page in UTF-8.
        suffix: goes to the end of every page (the AI label).
        more: goes behind the suffix when there is a rest (a tap link).

    Raises:
        ValueError: the limit leaves no room for text.
    """
    text = text.strip()
    tail = f"\n{suffix}" if suffix else ""
    if _size(text) + _size(tail) <= limit_bytes:
        return text + tail, ""
    ending = tail + (f"\n{more}" if more else "")
    room = limit_bytes - _size(ending)
    if room < 4:
        raise ValueError(f"limit_bytes is {limit_bytes}; the suffix alone needs {_size(ending)}")
    cut = _cut(text, room)
    return text[:cut].rstrip() + ending, text[cut:].strip()


def fits(text: str) -> bool:
    """Return whether a text goes into one bubble."""
    return _size(text) <= LIMIT_BYTES


def _cut(text: str, room: int) -> int:
    longest = len(text.encode("utf-8", "replace")[:room].decode("utf-8", "ignore"))
    for marks in (_SENTENCE, _CLAUSE):
        cut = max(text.rfind(mark, 0, longest) for mark in marks) + 1
        if cut > longest // 3:
            return cut
    return longest


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
