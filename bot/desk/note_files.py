"""Files of notes as text: one note of a file read, changed, or removed, and all else left.

A note stands at a line. In a table it is a row, in a file of pairs the rows with one answer, in
JSONL a record, and in prose the lines up to the next note.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Values = Mapping[str, Any]
RECORD = ("topic", "questions", "answers", "source", "old")


@dataclass(frozen=True, slots=True)
class Note:
    """One note as the desk shows it to be edited.

    Attributes:
        kind: "pair", "record", "row" or "text".
        values: `questions` and `answers`; `cells`, each with its header; or `text`.
        mark: stands for it as it is, to tell whether somebody changed it.
    """

    kind: str
    values: dict[str, Any]
    mark: str


def decode(content: bytes) -> str:
    """Return a file's text, however it was saved, with plain line ends.

    Raises:
        UnicodeDecodeError: it is neither UTF-8 nor GB18030.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        text = content.decode("utf-16")
    else:
        try:
            text = content.decode("utf-8-sig")
        except UnicodeDecodeError:
            text = content.decode("gb18030")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def encode(name: str, text: str) -> bytes:
    """Return a text as it is saved: a table with the mark by which a spreadsheet knows UTF-8."""
    return text.encode("utf-8-sig" if name.lower().endswith(".csv") else "utf-8")


def read_note(text: str, kind: str, line: int, until: int) -> Note:
    """Return the note at a line.

    Args:
        text: of the file.
        kind: as `workers.list_notes` says.
        line: where it begins, from 1.
        until: line of the next note; 0 for none.

    Raises:
        LookupError: nothing stands there.
    """
    if kind in ("pair", "row"):
        header, rows = _rows(text)
        cells = rows[line]
        if kind == "row":
            pairs = [
                [name, cell] for name, cell in zip(header, _filled(cells, header), strict=True)
            ]
            return _note("row", {"cells": pairs})
        answer = _filled(cells, header)[1].strip()
        asked = [one[0] for one in rows.values() if _filled(one, header)[1].strip() == answer]
        return _note("pair", {"questions": asked, "answers": [answer]})
    if kind == "record":
        raw = text.split("\n")[line - 1]
        record = json.loads(raw)
        if "turns" in record or set(record) - set(RECORD):
            return _note("text", {"text": raw})
        return _note("record", {key: _listed(record.get(key, [])) for key in RECORD[1:3]} | {
            "topic": record.get("topic", ""), "source": record.get("source", ""),
        })  # fmt: skip
    start, end = _block(text, line, until)
    return _note("text", {"text": "\n".join(text.split("\n")[start:end])})


def change_note(text: str, kind: str, line: int, until: int, new: Values | None) -> str:
    """Return a file's text with the note at a line changed, or without it where `new` is None.

    Raises:
        LookupError: nothing stands there, or a value is missing.
    """
    if kind == "row":
        header, rows = _rows(text)
        if new is None:
            del rows[line]
        else:
            rows[line] = list(new["cells"])[: len(header)]
        return _sheet(text, header, rows.values())
    if kind == "pair":
        header, rows = _rows(text)
        answer = _filled(rows[line], header)[1].strip()
        made = [] if new is None else [[one, new["answers"][0]] for one in new["questions"]]
        kept: list[list[str]] = []
        for at, cells in rows.items():
            if at == line:
                kept += made
            elif _filled(cells, header)[1].strip() != answer:
                kept.append(cells)
        return _sheet(text, header, kept)
    lines = text.split("\n")
    start, end = (line - 1, line) if kind == "record" else _block(text, line, until)
    if new is None:
        made_lines = []
    elif kind == "record" and "text" not in new:
        made_lines = [record_line(new, json.loads(lines[line - 1]))]
    else:
        made_lines = new["text"].strip("\n").split("\n")
    return "\n".join([*lines[:start], *made_lines, *lines[end:]])


def record_line(values: Values, old: Values | None = None) -> str:
    """Return the JSON line of a note of questions and answers; other keys of an old one stay."""
    questions = list(values["questions"])
    record = dict(old or {})
    record["topic"] = values.get("topic") or questions[0]
    record["questions"], record["answers"] = questions, list(values["answers"])
    record.pop("source", None)
    if source := values.get("source"):
        record["source"] = source
    return json.dumps(record, ensure_ascii=False)


def _note(kind: str, values: dict[str, Any]) -> Note:
    said = json.dumps([kind, values], ensure_ascii=False, sort_keys=True)
    return Note(kind, values, hashlib.sha256(said.encode()).hexdigest()[:16])


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)


def _between(text: str) -> str:
    return max(",\t;，", key=text.split("\n", 1)[0].count)


def _rows(text: str) -> tuple[list[str], dict[int, list[str]]]:
    """Return the header, and the rows by the line where each begins."""
    reader = csv.reader(io.StringIO(text), delimiter=_between(text), strict=True)
    found: dict[int, list[str]] = {}
    line = 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            found[line] = cells
        line = reader.line_num + 1
    header = found.pop(next(iter(found)))
    while header and not header[-1].strip():
        header.pop()
    return header, found


def _filled(cells: list[str], header: list[str]) -> list[str]:
    return [*cells[: len(header)], *[""] * (len(header) - len(cells))]


def _sheet(text: str, header: list[str], rows: Iterable[list[str]]) -> str:
    made = io.StringIO()
    writer = csv.writer(made, delimiter=_between(text), lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return made.getvalue()


def _block(text: str, line: int, until: int) -> tuple[int, int]:
    """Return begin and end of a note in prose: up to the next one, or to a heading."""
    lines = text.split("\n")
    start, end = line - 1, (until or len(lines) + 1) - 1
    if start >= len(lines):
        raise LookupError(line)
    heading = next((at for at in range(start, end) if lines[at].lstrip().startswith("#")), end)
    end = min(end, heading)
    while end > start + 1 and not lines[end - 1].strip():
        end -= 1
    return start, end
