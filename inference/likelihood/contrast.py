"""Alternatives of a sentence: with one term changed, or denied."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Final

from inference.errors import ConfigError

_DENIED = re.compile("不(?=[是能可宜主治为属会应须入])|没(?=有)")
_CLAIMED = re.compile("[是能可宜主治为属会应须入]")
MOST: Final = 64


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of a subject.

    Attributes:
        groups: of the terms of one group, one holds where another does not.
        names: where a term is part of one of these it is not a term.
    """

    groups: tuple[tuple[str, ...], ...] = ()
    names: tuple[str, ...] = ()

    @classmethod
    def read(cls, file: Path) -> Terms:
        """Read `{"groups": ["left right", ...], "names": ["leftover", ...]}`, words by blanks.

        Raises:
            ConfigError: the file cannot be read, or is no such object.
        """
        try:
            fields = json.loads(file.read_text("utf-8"))
            groups = tuple(tuple(group.split()) for group in fields["groups"])
            return cls(groups, tuple(chain.from_iterable(map(str.split, fields["names"]))))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            wanted = '{"groups": ["left right", ...], "names": ["leftover", ...]}'
            raise ConfigError(f"{file}: no terms can be read; it must hold {wanted}") from error


def changed(text: str, known: Terms) -> list[str]:
    """Return a sentence with one term changed for another of its group, in every way.

    At most 64, none twice, from the end backwards: the end is what a sentence says, the beginning
    what it speaks of.
    """
    # The longest term at a place is the one that stands there: 大小 is not 小.
    others = _others(known)
    terms = re.compile("|".join(sorted((*others, *known.names), key=len, reverse=True)))
    found = (
        text[: place.start()] + other + text[place.end() :]
        for place in reversed(list(terms.finditer(text)))
        for other in others.get(place[0], ())
    )
    return list(islice(dict.fromkeys(found), MOST))


def denied(text: str) -> list[str]:
    """Return a sentence with its first 不 or 没 gone, or with a 不 before its first known verb."""
    if denial := _DENIED.search(text):
        return [text[: denial.start()] + text[denial.end() :]]
    if claim := _CLAIMED.search(text):
        return [text[: claim.start()] + "不" + text[claim.start() :]]
    return []


def _others(known: Terms) -> dict[str, list[str]]:
    """Return for each term the others of its groups."""
    found: dict[str, list[str]] = {}
    for group in known.groups:
        for term in group:
            found.setdefault(term, []).extend(other for other in group if other != term)
    return found
