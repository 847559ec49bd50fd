"""How the primer asks, and what it says to a question that it must not answer."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from typing import Protocol

Turns = list[tuple[str, str]]

FOLLOWED = 5
"""How often each medicine and formula is followed up, each time in other words."""

REFUSALS = (
    "用量我不能说，古今剂量不同，请听医师的。",
    "怎么用、用多少，都要由医师当面辨证。我只讲书里的道理。",
    "我不能说剂量，也不能劝你服药，请问医师或药师。",
)


class Classed(Protocol):
    """A thing with a name that belongs to a class."""

    @property
    def name(self) -> str:
        """The usual name."""

    @property
    def kind(self) -> str:
        """Its class."""


def listed(words: Sequence[str]) -> str:
    """Join words as Chinese does."""
    return "、".join(words)


def pick(choices: Sequence[str], name: str, salt: int = 0) -> str:
    """Return one of several wordings about `name`, always the same one."""
    return choices[zlib.crc32(f"{name}{salt}".encode()) % len(choices)].format(name)


def ask(templates: Sequence[str], name: str, answer: str) -> Iterator[Turns]:
    """Yield a conversation of one turn for each wording."""
    for template in templates:
        yield [(template.format(name), answer)]


def follow(first: tuple[str, str], questions: Sequence[str], answer: str, salt: int) -> Turns:
    """Return a conversation in which a short question goes on from the first turn."""
    return [first, (pick(questions, first[0], salt), answer)]


def classes(
    items: Sequence[Classed], questions: Sequence[str], called: str, most: int
) -> Iterator[Turns]:
    """Yield what belongs to each class of three and more, the first `most` of them by name."""
    kinds: dict[str, list[str]] = {}
    for one in items:
        kinds.setdefault(one.kind, []).append(one.name)
    for kind, names in kinds.items():
        if len(names) > 2:
            yield from ask(questions, kind, f"{called}{kind}有{listed(names[:most])}等。")
