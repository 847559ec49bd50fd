"""Which bytes may come next, so that whatever the model writes is valid text.

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

CODECS: Final = ("utf-8", "gb18030", "utf-16-le")
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
    rows: list[NDArray[np.uint8]] = [np.full(256, FORBIDDEN, np.uint8) for _ in range(2)]
    states: dict[bytes, int] = {}
    edges = _characters(codec)
    inner: list[tuple[int, int]] = []
    for length in range(max(edges), 1, -1):
        table: dict[int, NDArray[np.uint8]] = {}
        if length in edges:
            _add_edges(table, *edges[length])
        for prefix, state in inner:
            _row(table, prefix >> 8)[prefix & 255] = state
        inner = []
        for prefix, row in table.items():
            key = row.tobytes()
            if key not in states:
                states[key] = len(rows)
                rows.append(row)
            inner.append((prefix, states[key]))
    for prefix, state in inner:
        rows[START][prefix] = state
    if 1 in edges:
        codes, targets = edges[1]
        rows[START][codes] = targets
    if len(rows) > FORBIDDEN:
        raise ConfigError(f"the automaton of {codec} has {len(rows)} states; {FORBIDDEN} fit")
    table_of_all = np.stack(rows)
    table_of_all.setflags(write=False)
    return Automaton(codec, table_of_all)


def _row(table: dict[int, NDArray[np.uint8]], prefix: int) -> NDArray[np.uint8]:
    row = table.get(prefix)
    if row is None:
        row = table[prefix] = np.full(256, FORBIDDEN, np.uint8)
    return row


def _add_edges(
    table: dict[int, NDArray[np.uint8]], codes: NDArray[np.int64], targets: NDArray[np.uint8]
) -> None:
    prefixes, starts = np.unique(codes >> 8, return_index=True)
    for prefix, some, goals in zip(
        prefixes.tolist(),
        np.split(codes & 255, starts[1:]),
        np.split(targets, starts[1:]),
        strict=True,
    ):
        _row(table, prefix)[some] = goals


def _characters(codec: str) -> dict[int, tuple[NDArray[np.int64], NDArray[np.uint8]]]:
    """By length in bytes: big-endian codes in order, and the state that each leads to."""
    found: dict[int, list[tuple[int, int]]] = {}
    for character in _allowed_characters():
        code = character.encode(codec)
        goal = FINISHED if character == END else START
        found.setdefault(len(code), []).append((int.from_bytes(code, "big"), goal))
    return {length: _sorted_edges(pairs) for length, pairs in found.items()}


def _sorted_edges(pairs: list[tuple[int, int]]) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    both = np.array(sorted(pairs), dtype=np.int64)
    return both[:, 0], both[:, 1].astype(np.uint8)


def _allowed_characters() -> list[str]:
    allowed, begin = [END], 0
    for first, last in _BARRED:
        allowed += map(chr, range(begin, first))
        begin = last + 1
    return allowed
