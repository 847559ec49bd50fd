"""What the primer's files hold, read and checked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from training.errors import DataError

FOLDER = Path(__file__).parent
Item = TypeVar("Item")
NOTES = ("theory", "culture", "points", "compare", "daily", "practice", "complaints", "talk")


@dataclass(frozen=True, slots=True)
class Medicine:
    """A medicine of the materia medica, the most famous ones first in the file.

    Attributes:
        name: the usual one.
        aliases: other names.
        taste: "甘" or "辛、苦".
        nature: "微温".
        channels: the organs it is said to enter.
        effects: phrases of four characters, mostly.
        toxic: whether books call it poisonous.
        kind: its class, as 补气药.
        note: a sentence about it that begins with its name.
    """

    name: str
    aliases: tuple[str, ...]
    taste: str
    nature: str
    channels: tuple[str, ...]
    effects: tuple[str, ...]
    toxic: bool
    kind: str
    note: str


@dataclass(frozen=True, slots=True)
class Formula:
    """A classical formula, the most famous ones first in the file.

    Attributes:
        name: the usual one.
        aliases: other names.
        parts: the medicines in it, without doses.
        effects: what it does.
        use: what it is used for.
        origin: who recorded it first, or when.
        kind: its class, as 补血剂.
        note: a sentence about it that begins with its name.
    """

    name: str
    aliases: tuple[str, ...]
    parts: tuple[str, ...]
    effects: tuple[str, ...]
    use: str
    origin: str
    kind: str
    note: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something that people ask in many wordings, and what to say.

    Attributes:
        topic: what it is about.
        questions: wordings.
        answers: one answer, or several that say the same.
    """

    topic: str
    questions: tuple[str, ...]
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A conversation of several turns, the later ones leaving unsaid what they are about.

    Attributes:
        topic: what it is about.
        turns: the questions' wordings and the answers of each turn; all turns have as many
            wordings.
    """

    topic: str
    turns: tuple[Note, ...]


def read_medicines(path: Path = FOLDER / "herbs.jsonl") -> list[Medicine]:
    """Read the medicines; raises DataError where a line is not one."""
    return list(_read(path, lambda record: Medicine(**record)))


def read_formulas(path: Path = FOLDER / "formulas.jsonl") -> list[Formula]:
    """Read the formulas; raises DataError where a line is not one."""
    return list(_read(path, lambda record: Formula(**record)))


def read_notes(path: Path) -> list[Note]:
    """Read notes; raises DataError where a line is not one."""
    return list(_read(path, lambda record: Note(**record)))


def read_exchanges(path: Path) -> list[Exchange]:
    """Read conversations; raises DataError where a line is not one."""
    return list(_read(path, _exchange))


def _exchange(record: Mapping[str, Any]) -> Exchange:
    topic = record["topic"]
    turns = tuple(
        Note(topic, tuple(turn["questions"]), tuple(turn["answers"])) for turn in record["turns"]
    )
    if len({len(turn.questions) for turn in turns}) != 1 or not all(
        turn.questions and turn.answers for turn in turns
    ):
        raise ValueError("every turn needs an answer and as many wordings as the others")
    return Exchange(topic, turns)


def _read(path: Path, make: Callable[[Mapping[str, Any]], Item]) -> Iterator[Item]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            record = json.loads(line)
            item = make({k: tuple(v) if isinstance(v, list) else v for k, v in record.items()})
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise DataError(f"{path}, line {number}: {error}") from error
        yield item
