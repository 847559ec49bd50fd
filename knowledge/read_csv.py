"""`*.csv`: pairs of question and answer, or a table of facts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from knowledge.decode import checked
from knowledge.errors import ReadError
from knowledge.notes import Column, Note, Place, Row, Table

_QUESTION = {"question", "questions", "q", "问", "问题", "提问"}
_ANSWER = {"answer", "answers", "a", "答", "答案", "回答", "回复"}
_NAME = {"name", "名称", "名字", "名"}
_ALIASES = {"aliases", "alias", "别名", "又名"}
_BETWEEN = re.compile("[、,，;；/|]")
_SIGNS = str.maketrans("｜", "|")

csv.field_size_limit(1 << 30)  # a long cell gets our sentence, not the module's


def read_csv(text: str, file: str) -> list[Note] | Table:
    """Read a file of pairs, or a table.

    Raises:
        ReadError: the file has no header that says what it is, or a row does not fit it.
    """
    rows = _rows(text, file)
    first = next(rows, None)
    if first is None:
        raise ReadError(f"{file}: empty; write a header and rows, or remove the file")
    place, cells = first
    header = [checked(cell.translate(_SIGNS), place, "a header") for cell in cells]
    while header and not header[-1]:
        header.pop()
    words = [cell.lower() for cell in header]
    if len(words) == 2 and words[0] in _QUESTION and words[1] in _ANSWER:
        return _pairs(rows, file)
    if words and words[0].split("|")[0].strip() in _NAME:
        return _table(header, place, rows)
    raise ReadError(
        f"{place}: the header begins with {header[0] if header else ''!r}; write question,answer"
        " (问,答) for pairs, or name (名称) first for a table"
    )


def _rows(text: str, file: str) -> Iterator[tuple[Place, list[str]]]:
    first = text.split("\n", 1)[0]
    between = max(",\t;，", key=first.count) if first else ","
    reader = csv.reader(io.StringIO(text), delimiter=between, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise ReadError(f"{file}, line {line}: no CSV ({error})") from error
        if cells is None:
            return
        if any(cell.strip() for cell in cells):
            yield Place(file, line), cells


def _pairs(rows: Iterator[tuple[Place, list[str]]], file: str) -> list[Note]:
    """Return a note for each answer; rows with the same answer are its wordings."""
    found: dict[str, tuple[Place, list[str]]] = {}
    for place, cells in rows:
        pair = _filled(cells, 2, place)
        question = checked(pair[0], place, "the question")
        answer = checked(pair[1], place, "the answer")
        if not question or not answer:
            raise ReadError(f"{place}: a question and an answer are needed")
        found.setdefault(answer, (place, []))[1].append(question)
    return [
        Note(f"{file}:{place.line}", asked[0], tuple(dict.fromkeys(asked)), (answer,), place)
        for answer, (place, asked) in found.items()
    ]


def _table(header: list[str], place: Place, rows: Iterator[tuple[Place, list[str]]]) -> Table:
    aliases_at = 1 if len(header) > 1 and header[1].lower() in _ALIASES else 0
    columns = tuple(_column(cell, place) for cell in header[aliases_at + 1 :])
    names = [column.name for column in columns]
    if not columns or len(set(names)) < len(names):
        raise ReadError(f"{place}: a table needs a name and relations, each with its own header")
    found = []
    for at, given in rows:
        cells = _filled(given, len(header), at)
        name = checked(cells[0], at, "the name")
        if not name:
            raise ReadError(f"{at}: the first column, the name, is empty")
        others = _split(cells[1], at) if aliases_at else ()
        texts = [checked(cell, at, "a cell") for cell in cells[aliases_at + 1 :]]
        facts = {key: text for key, text in zip(names, texts, strict=True) if text}
        found.append(Row(name, tuple(one for one in others if one != name), facts, at))
    if not found:
        raise ReadError(f"{place.file}: a header and no row; add rows, or remove the file")
    return Table(place.file.rsplit(".", 1)[0], columns, tuple(found))


def _column(cell: str, place: Place) -> Column:
    words = [word.strip() for word in cell.split("|") if word.strip()]
    if not words:
        raise ReadError(f"{place}: a column without a header")
    if set("{}") & set(cell):
        raise ReadError(f"{place}: braces in the header {cell!r}; remove them")
    return Column(words[0], tuple(words[1:]))


def _split(cell: str, place: Place) -> tuple[str, ...]:
    parts = (one.strip() for one in _BETWEEN.split(checked(cell, place, "the aliases")))
    return tuple(dict.fromkeys(one for one in parts if one))


def _filled(cells: list[str], width: int, place: Place) -> list[str]:
    if any(cell.strip() for cell in cells[width:]):
        raise ReadError(
            f"{place}: {len(cells)} cells, and the header has {width};"
            ' put a cell that holds commas between quotation marks ("...")'
        )
    return [*cells[:width], *[""] * (width - len(cells))]
