"""Places of the keys of a TOML file; `tomllib` tells none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

Path = tuple[str | int, ...]

_BARE = r"""(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
_KEY = re.compile(rf"[ \t]*({_BARE}(?:[ \t]*\.[ \t]*{_BARE})*)[ \t]*=")
_HEADER = re.compile(rf"[ \t]*(\[\[?)[ \t]*({_BARE}(?:[ \t]*\.[ \t]*{_BARE})*)[ \t]*\]")
_PART = re.compile(_BARE)
_STRING = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}|'
    r"'''.*?'{3,5}|"
    r'"(?:[^"\\\n]|\\.)*"|'
    r"'[^'\n]*'",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A key with its value, or the header of a table, as it stands in the text.

    Attributes:
        path: of the key or the table.
        start: offset of its first character.
        end: offset behind its line's end.
        is_header: whether it opens a table.
    """

    path: Path
    start: int
    end: int
    is_header: bool


def statements_of(text: str) -> Iterator[Statement]:
    """Yield the statements of a TOML text that `tomllib` could read, without comments.

    Paths name array tables by place: `("reply", 0, "text")` is the key `text` of the first
    `[[reply]]`.
    """
    counts: dict[Path, int] = {}
    table: Path = ()
    for start, end in pairwise([*_starts(text), len(text)]):
        if header := _HEADER.match(text, start):
            table = _resolve(_parts(header[2]), counts, is_array=header[1] == "[[")
            yield Statement(table, start, end, is_header=True)
        elif key := _KEY.match(text, start):
            yield Statement((*table, *_parts(key[1])), start, end, is_header=False)


def lines_of(text: str) -> dict[Path, int]:
    """Return the line, from 1, of each key and table of a TOML text; see `statements_of`."""
    lines: dict[Path, int] = {}
    for one in statements_of(text):
        lines.setdefault(one.path, text.count("\n", 0, one.start) + 1)
    return lines


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]


def _resolve(parts: list[str], counts: dict[Path, int], *, is_array: bool) -> Path:
    """Return the path of a table, with the place of each array table on the way."""
    path: Path = ()
    for part in parts[:-1]:
        path = (*path, part)
        if path in counts:
            path = (*path, counts[path])
    path = (*path, parts[-1])
    if not is_array:
        return path
    counts[path] = counts.get(path, -1) + 1
    return (*path, counts[path])


def _starts(text: str) -> Iterator[int]:
    """Yield where each statement begins: a line on which no value is still open."""
    at = depth = 0
    yield 0
    while at < len(text):
        if string := _STRING.match(text, at):
            at = string.end()
            continue
        character = text[at]
        if character == "#":
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
            continue
        depth += (character in "[{") - (character in "]}")
        at += 1
        if character == "\n" and depth <= 0:
            depth = 0
            yield at
