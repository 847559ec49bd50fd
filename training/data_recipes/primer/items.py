"""The account's knowledge, as the primer tells it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from knowledge.decode import read_text
from knowledge.errors import ReadError
from knowledge.notes import Row, Table
from knowledge.read_csv import read_csv
from training.errors import DataError

FOLDER = Path(__file__).resolve().parents[3] / "accounts" / "tcm" / "knowledge"
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
        toxicity: what books say about poison, to be put behind the name.
        kind: its class, as 补气药.
        note: a sentence about it that begins with its name.
    """

    name: str
    aliases: tuple[str, ...]
    taste: str
    nature: str
    channels: tuple[str, ...]
    effects: tuple[str, ...]
    toxicity: str
    kind: str
    note: str

    @property
    def toxic(self) -> bool:
        """True if it counts as a poison."""
        return self.toxicity.startswith("有毒")


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


def read_medicines(path: Path = FOLDER / "herbs.csv") -> list[Medicine]:
    """Read the medicines; raises DataError where the table is not one of medicines."""
    return list(_rows(path, _medicine))


def read_formulas(path: Path = FOLDER / "formulas.csv") -> list[Formula]:
    """Read the formulas; raises DataError where the table is not one of formulas."""
    return list(_rows(path, _formula))


def _medicine(row: Row) -> Medicine:
    cells = row.cells
    return Medicine(
        name=row.name,
        aliases=row.aliases,
        taste=cells["味"],
        nature=cells["性"],
        channels=tuple(cells["归经"].split("、")),
        effects=tuple(cells["功效"].split("、")),
        toxicity=cells["毒性"],
        kind=cells["类别"],
        note=cells["说明"],
    )


def _formula(row: Row) -> Formula:
    cells = row.cells
    return Formula(
        name=row.name,
        aliases=row.aliases,
        parts=tuple(cells["组成"].split("、")),
        effects=tuple(cells["功效"].split("、")),
        use=cells["主治"],
        origin=cells["出处"],
        kind=cells["类别"],
        note=cells["说明"],
    )


def _rows(path: Path, make: Callable[[Row], Item]) -> Iterator[Item]:
    try:
        table = read_csv(read_text(path, path.name), path.name)
    except ReadError as error:
        raise DataError(str(error)) from error
    for row in table.rows if isinstance(table, Table) else ():
        try:
            yield make(row)
        except KeyError as error:
            raise DataError(f"{row.place}: the column {error} is empty") from error


def read_notes(path: Path) -> list[Note]:
    """Read notes; raises DataError where a line is not one."""
    return list(_read(path, _note))


def read_exchanges(path: Path) -> list[Exchange]:
    """Read conversations; raises DataError where a line is not one."""
    return list(_read(path, _exchange))


def _note(record: Mapping[str, Any]) -> Note:
    return Note(record["topic"], record["questions"], record["answers"])


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
