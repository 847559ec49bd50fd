"""Notes, tables and what stands in them: what an account knows, as it was read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Place:
    """File and line of something written.

    Attributes:
        file: path below the knowledge folder.
        line: from 1.
    """

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}"

    @property
    def zh(self) -> str:
        """The same in Chinese."""
        return f"{self.file} 第 {self.line} 行"


@dataclass(frozen=True, slots=True)
class Note:
    """Something that people ask in many wordings, and what to say.

    Attributes:
        id: unique within the account: file and topic.
        topic: what it is about; shown where topics are offered.
        questions: known wordings.
        answers: one answer, or several that say the same.
        place: where it stands.
        source: where it is from, as the owner wrote it.
        old: headings under which the classics treat of it.
        subject: what must have been spoken of before; "" where the questions stand alone.
    """

    id: str
    topic: str
    questions: tuple[str, ...]
    answers: tuple[str, ...]
    place: Place
    source: str = ""
    old: tuple[str, ...] = ()
    subject: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A relation of a table.

    Attributes:
        name: the first word of its header.
        synonyms: the other words of its header.
    """

    name: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """An entity and its facts.

    Attributes:
        name: the usual name.
        aliases: other names.
        cells: fact by the name of its column; empty cells are left out.
        place: where it stands.
    """

    name: str
    aliases: tuple[str, ...]
    cells: Mapping[str, str]
    place: Place

    @property
    def names(self) -> tuple[str, ...]:
        """All names, the usual one first."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class Forms:
    """Ways to ask for a relation of a table, and the sentence that tells it.

    Attributes:
        relation: what is asked for: a column, or a name of its own.
        columns: the columns that the answer tells; () where `says` needs none.
        questions: wordings, with `{}` for the entity and `{other}` for a name of another table.
        says: sentence with `{name}` and the names of columns in braces; "" for the plain one.
        place: where it stands.
    """

    relation: str
    columns: tuple[str, ...]
    questions: tuple[str, ...]
    says: str
    place: Place


@dataclass(frozen=True, slots=True)
class Table:
    """Entities of one kind and their facts.

    Attributes:
        id: path of the file without its ending.
        columns: in the order of the file.
        rows: in the order of the file.
        forms: further ways of asking.
        card: sentence that tells all of an entity; "" for the plain list of its facts.
        not_before: endings that make another thing of a name (`黄芪` before `注射液`).
    """

    id: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    forms: tuple[Forms, ...] = ()
    card: str = ""
    not_before: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Knowledge:
    """All that an account knows.

    Attributes:
        notes: of all files.
        tables: of all files.
        lacking: names that exist, but of which neither a note nor a table tells.
    """

    notes: tuple[Note, ...] = ()
    tables: tuple[Table, ...] = ()
    lacking: frozenset[str] = field(default_factory=frozenset)

    def rows(self) -> Iterator[tuple[Table, Row]]:
        """Yield each row with its table."""
        for table in self.tables:
            for row in table.rows:
                yield table, row
