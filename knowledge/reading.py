"""A folder of notes and tables, read and checked."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from knowledge.decode import read_text
from knowledge.errors import ReadError, Sentence, wrong
from knowledge.notes import Forms, Knowledge, Note, Place, Table
from knowledge.read_csv import read_csv
from knowledge.read_jsonl import Records, read_jsonl
from knowledge.read_prose import read_prose

MOST_NOTES = 50_000
ENDINGS = (".jsonl", ".md", ".txt", ".csv")
_FORMS = dict.fromkeys((".xlsx", ".xls", ".xlsm", ".et", ".ods", ".numbers"), ".csv") | (
    dict.fromkeys((".docx", ".doc", ".wps", ".odt", ".rtf", ".pdf", ".pages"), ".txt")
)
_HOLE = re.compile(r"\{([^{}]*)\}")


def read_folder(folder: Path) -> Knowledge:
    """Read all files of a folder and its subfolders; files with other endings are left alone.

    Raises:
        ReadError: the folder holds nothing, or a file cannot be used.
    """
    records, tables = Records(), []
    for path in note_files(folder):
        name = path.relative_to(folder).as_posix()
        text = read_text(path, name)
        if path.suffix.lower() == ".jsonl":
            read_jsonl(text, name, records)
        elif path.suffix.lower() != ".csv":
            records.notes += read_prose(text, name)
        elif isinstance(found := read_csv(text, name), Table):
            tables.append(found)
        else:
            records.notes += found
        if len(records.notes) > MOST_NOTES:
            raise wrong(
                name,
                f"more than {MOST_NOTES:,} notes; leave out what nobody asks",
                f"超过 {MOST_NOTES:,} 条；请去掉没人问的",
            )
    if not records.notes and not tables:
        raise wrong(
            str(folder),
            f"holds no notes; put a file in it that ends in {', '.join(ENDINGS)}",
            f"里面没有资料；请放入以 {'、'.join(ENDINGS)} 结尾的文件"
            "（表格另存为 CSV，文档另存为 txt）",
        )
    return Knowledge(
        tuple(_numbered(records.notes)),
        tuple(_completed(tables, records)),
        frozenset(records.lacking),
    )


def note_files(folder: Path) -> list[Path]:
    """Return the files of a folder and its subfolders that hold notes, in order.

    Raises:
        ReadError: there is no such folder.
    """
    if not folder.is_dir():
        raise wrong(
            str(folder),
            "no such folder; make it, and put notes into it",
            "没有这个文件夹；请新建，并放入资料",
        )
    return sorted(
        path
        for path in folder.rglob("*")
        if path.suffix.lower() in ENDINGS and path.is_file() and not path.name.startswith(".")
    )


def unread_files(folder: Path) -> list[Sentence]:
    """Return a warning for each document that an owner may take for read."""
    found = (path for path in sorted(folder.rglob("*")) if not path.name.startswith((".", "~$")))
    return [_unread(path.relative_to(folder).as_posix()) for path in found if _form(path)]


def _form(path: Path) -> str:
    return _FORMS.get(path.suffix.lower(), "") if path.is_file() else ""


def _unread(name: str) -> Sentence:
    form = _FORMS["." + name.rsplit(".", 1)[1].lower()]
    return Sentence(
        f"{name}: not read; save it as {form}", f"{name}：不会读取；请另存为 {form} 再放进来"
    )


def _numbered(notes: Iterable[Note]) -> Iterable[Note]:
    """Give notes with the same topic in one file ids of their own."""
    times: dict[str, int] = {}
    for note in notes:
        times[note.id] = times.get(note.id, 0) + 1
        yield note if times[note.id] == 1 else replace(note, id=f"{note.id}#{times[note.id]}")


def _completed(tables: Iterable[Table], records: Records) -> Iterable[Table]:
    known = set()
    for table in tables:
        forms = tuple(records.forms.get(table.id, ()))
        columns = {column.name for column in table.columns}
        for one in forms:
            _check_holes(one, columns)
        card, endings, place = records.cards.get(table.id, ("", (), None))
        if place is not None:
            strange = set(_HOLE.findall(card)) - columns - {"name"}
            if strange:
                raise _no_column(place, strange)
        known.add(table.id)
        yield replace(table, forms=forms, card=card, not_before=endings)
    for name, given in records.forms.items():
        if name not in known:
            raise _no_table(given[0].place, name)
    for name, (_, _, at) in records.cards.items():
        if name not in known:
            raise _no_table(at, name)


def _check_holes(forms: Forms, columns: set[str]) -> None:
    strange = (set(_HOLE.findall(forms.says)) | set(forms.columns)) - columns - {"name"}
    if strange:
        raise _no_column(forms.place, strange)


def _no_column(place: Place, names: set[str]) -> ReadError:
    name = min(names)
    return wrong(
        place,
        f"the table has no column {name!r}; write one of its headers",
        f"表格没有“{name}”这一列；请写它的表头",
    )


def _no_table(place: Place, name: str) -> ReadError:
    return wrong(
        place,
        f"there is no table {name!r}; write the name of a file without .csv",
        f"没有表格“{name}”；请写 CSV 文件的名字，不带 .csv",
    )
