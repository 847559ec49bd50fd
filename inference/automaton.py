"""Mask of the bytes that may come next, so that every text a model writes is valid.

A table built by enumerating Python's own encoder: every byte string that the table lets through
decodes strictly, and holds no character that has no place in a reply.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from inference.errors import ConfigError
from inference.prompt import END

CODECS: Final = ("utf-8", "gb18030", "utf-16-le", "utf-16-be")
START: Final = 0
FINISHED: Final = 1
FORBIDDEN: Final = 255

# Characters that no reply may hold: first and last code point of each run.
_BARRED: Final = (
    (0x0000, 0x0009),  # controls; the newline is allowed, END is added apart
    (0x000B, 0x001F),
    (0x007F, 0x009F),
    (0x061C, 0x061C),  # bidirectional controls
    (0x200E, 0x200F),
    (0x2028, 0x202E),  # line and paragraph separators, more bidirectional controls
    (0x2065, 0x206F),
    (0xD800, 0xF8FF),  # surrogates, private use
    (0xFDD0, 0xFDEF),  # noncharacters
    (0xFEFF, 0xFEFF),  # byte order mark
    (0xFFF0, 0xFFFF),  # annotations, U+FFFD (the mark of broken text), noncharacters
    (0x1FFFE, 0x1FFFF),
    (0x2FFFE, 0x2FFFF),
    (0x3FFFE, 0x10FFFF),  # unassigned planes, invisible tags, private use
)
_NOTHING: Final = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Automaton:
    """The allowed bytes of one text codec.

    Attributes:
        codec: name of the codec.
        next: (S, 256) uint8: the state after a byte, or 255 where the byte is forbidden. State 0
            is between two characters, state 1 is after END (nothing follows), the others are
            inside a character.
    """

    codec: str
    next: NDArray[np.uint8]

    @classmethod
    def for_codec(cls, codec: str) -> Automaton:
        """Return the automaton of a codec; built once for each.

        Raises:
            ConfigError: there is none for this codec.
        """
        if codec not in CODECS:
            raise ConfigError(f"codec is {codec!r}; it must be one of {', '.join(CODECS)}")
        return _build(codec)

    def walk(self, data: bytes, state: int = START) -> int:
        """Return the state after `data`, or FORBIDDEN as soon as one byte is."""
        for byte in data:
            if state == FORBIDDEN:
                break
            state = int(self.next[state, byte])
        return state

    def whole(self, data: bytes) -> int:
        """Return how many leading bytes of `data` are whole characters before END."""
        state, boundary = START, 0
        for index, byte in enumerate(data):
            state = int(self.next[state, byte])
            if state in {FINISHED, FORBIDDEN}:
                break
            if state == START:
                boundary = index + 1
        return boundary


@cache
def _build(codec: str) -> Automaton:
    """Merge equal rows from the last byte of the characters to the first."""
    characters = _characters(codec)
    rows = {FINISHED: bytes((FORBIDDEN,)) * 256}
    known: dict[bytes, int] = {}
    codes, targets = _NOTHING, _NOTHING
    for length in range(max(characters), 0, -1):
        more, goals = characters.get(length, (_NOTHING, _NOTHING))
        codes, targets = np.concatenate((codes, more)), np.concatenate((targets, goals))
        prefixes, place = np.unique(codes >> 8, return_inverse=True)
        table = np.full((len(prefixes), 256), FORBIDDEN, np.uint8)
        table[place, codes & 255] = targets
        if length == 1:
            rows[START] = table.tobytes()
            break
        data = table.tobytes()
        cut = (data[at : at + 256] for at in range(0, len(data), 256))
        states = [known.setdefault(row, 2 + len(known)) for row in cut]
        codes, targets = prefixes, np.array(states)
    rows |= {state: row for row, state in known.items()}
    stacked = np.frombuffer(b"".join(rows[state] for state in sorted(rows)), np.uint8)
    return Automaton(codec, stacked.reshape(-1, 256))


def _characters(codec: str) -> dict[int, tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """By length in bytes: big-endian codes, and the state that each leads to."""
    # A newline between two characters tells where they part; it is never a part of one. Of UTF-16
    # that is not so, but there all have two bytes.
    text = _allowed(0, 0xFFFF)
    if codec in {"utf-16-le", "utf-16-be"}:
        by_length = {2: [text.encode(codec)]}
    else:
        codes = [*"\n".join(text.replace("\n", "")).encode(codec).split(b"\n"), b"\n"]
        by_length = {n: [code for code in codes if len(code) == n] for n in set(map(len, codes))}
    # Beyond U+FFFF every character has four bytes in every codec here.
    by_length.setdefault(4, []).append(_allowed(0x10000, 0x3FFFF).encode(codec))
    found = {}
    for length, parts in by_length.items():
        numbers = _big_endian(b"".join(parts), length)
        found[length] = (numbers, np.full(len(numbers), START, np.int64))
    end = END.encode(codec)
    numbers, goals = found[len(end)]
    found[len(end)] = (
        np.append(numbers, _big_endian(end, len(end))),
        np.append(goals, np.int64(FINISHED)),
    )
    return found


def _big_endian(data: bytes, length: int) -> NDArray[np.int64]:
    """Read numbers of `length` bytes each."""
    digits = np.frombuffer(data, np.uint8).reshape(-1, length).astype(np.int64)
    numbers: NDArray[np.int64] = digits @ (256 ** np.arange(length - 1, -1, -1))
    return numbers


def _allowed(begin: int, end: int) -> str:
    """Return the characters of a range of code points that a reply may hold, END left out."""
    runs = []
    for first, last in _BARRED:
        runs.append(np.arange(begin, min(first, end + 1), dtype="<u4"))
        begin = max(begin, last + 1)
    return np.concatenate(runs).tobytes().decode("utf-32-le")
