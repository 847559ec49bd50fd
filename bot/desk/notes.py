"""Notes of the account: listed, searched, added, uploaded, edited and removed."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import PurePosixPath
from typing import Any

from flask import Response, abort, jsonify, request

from bot.admin.responses import body, refusal
from bot.desk.frame import blueprint, show
from bot.desk.note_files import change_note, decode, encode, read_note, record_line
from bot.desk.publishing import change, current_draft, with_notes
from bot.notes_check import list_notes
from bot.services import current_services
from xinglin.account import Bundle
from xinglin.account.bundle import UNPACKED_BYTES, too_large
from xinglin.account.folder import NOTES_ENDINGS
from xinglin.bilingual import Notice
from xinglin.errors import AccountError
from xinglin.normal import compact

OWN_FILE = "desk.jsonl"
"""Notes that were written on the desk."""
A_PAGE = 50
MOST_QUESTIONS = 50
_FILE_NAME = re.compile(r"[^\s./\\\x00-\x1f][^/\\\x00-\x1f]{0,99}")


@dataclass(frozen=True, slots=True)
class Listed:
    """One note of the list.

    Attributes:
        kind: pair, record, row or prose.
        file: where it stands, below `knowledge/`.
        line: where it begins.
        until: line of the next one in the file; 0 for none.
        topic: what it is about.
        questions: known wordings, or other names.
        text: its answer.
        sought: all of it in the form that a search is compared with.
    """

    kind: str
    file: str
    line: int
    until: int
    topic: str
    questions: tuple[str, ...]
    text: str
    sought: str


@blueprint.get("/notes")
def notes() -> str:
    """List the notes that hold the words of `q`, and the files."""
    draft = current_draft(current_services())
    listed = listed_notes(draft.bundle)
    words = [compact(word) for word in request.args.get("q", "").split()]
    file = request.args.get("file", "")
    found = [
        one
        for one in listed
        if all(word in one.sought for word in words) and file in ("", one.file)
    ]
    start = max(0, request.args.get("from", 0, type=int)) // A_PAGE * A_PAGE
    counts: dict[str, int] = {}
    for one in listed:
        counts[one.file] = counts.get(one.file, 0) + 1
    files = [
        (path, len(raw), counts.get(path, 0))
        for path, raw in sorted(draft.bundle.knowledge.items())
    ]
    return show(
        "notes", found=found[start : start + A_PAGE], start=start, total=len(found), files=files,
        query=request.args.get("q", ""), file=file, page_size=A_PAGE, limit=UNPACKED_BYTES,
        endings=NOTES_ENDINGS, own=OWN_FILE,
    )  # fmt: skip


@blueprint.get("/notes/one")
def one_note() -> Response:
    """Return one note to be edited: ?file=...&line=... -> {"kind", "values", "mark"}."""
    bundle = current_draft(current_services()).bundle
    file, line = request.args.get("file", ""), request.args.get("line", 0, type=int)
    at = _at(bundle, file, line)
    with _in_place(file, line):
        note = read_note(decode(bundle.knowledge[file]), at.kind, line, at.until)
    return jsonify(kind=note.kind, values=note.values, mark=note.mark)


@blueprint.post("/notes")
def add_note() -> tuple[Response, int]:
    """Publish another note: {"questions": [...], "answers": ["..."], "source": "..."}."""
    fields = body()
    values = checked_values(fields)
    return change(fields, "note added", lambda one: with_note(one, values))


@blueprint.put("/notes/one")
def save_note() -> tuple[Response, int]:
    """Publish a changed note: {"file", "line", "was": mark, "values": {...}}."""
    fields = body()
    values = fields.get("values")
    if not isinstance(values, dict):
        abort(refusal('send {"values": {...}}', 400))
    return _changed(fields, values, "note changed")


@blueprint.delete("/notes/one")
def remove_note() -> tuple[Response, int]:
    """Publish without a note: {"file", "line", "was": mark}."""
    return _changed(body(), None, "note removed")


@blueprint.get("/notes/files/<path:name>")
def read_file(name: str) -> Response:
    """Hand out a file of notes as it is."""
    raw = current_draft(current_services()).bundle.knowledge.get(name)
    if raw is None:
        return refusal("there is no such file", 404)
    answer = Response(raw, mimetype="text/plain")
    answer.headers.set("Content-Disposition", "attachment", filename=PurePosixPath(name).name)
    return answer


@blueprint.put("/notes/files/<path:name>")
def save_file(name: str) -> tuple[Response, int]:
    """Publish with a file of notes: its content is the body; ?base=..., by=..., replace=1."""
    request.max_content_length = UNPACKED_BYTES
    if (request.content_length or 0) > UNPACKED_BYTES:
        size = request.content_length or 0
        raise AccountError(too_large(name, name, size, UNPACKED_BYTES))
    raw = request.get_data()
    may_replace = request.args.get("replace") == "1"

    def edit(bundle: Bundle) -> Bundle:
        if name not in bundle.knowledge or not may_replace:
            _check_name(bundle, name)
        return with_notes(bundle, {name: raw})

    return change(_in_query(), f"file {name}", edit)


@blueprint.delete("/notes/files/<path:name>")
def remove_file(name: str) -> tuple[Response, int]:
    """Publish without a file of notes."""

    def edit(bundle: Bundle) -> Bundle:
        if name not in bundle.knowledge:
            raise AccountError(Notice(f"there is no file {name}", f"没有文件 {name}"))
        return with_notes(bundle, {name: None})

    return change(body(), f"file {name} removed", edit)


def listed_notes(bundle: Bundle) -> tuple[Listed, ...]:
    """Return what stands in the notes, file by file."""
    return _listed(tuple(sorted(bundle.knowledge.items())))


@lru_cache(maxsize=2)
def _listed(knowledge: tuple[tuple[str, bytes], ...]) -> tuple[Listed, ...]:
    """Return the same for the files as a value: an owner looks at one version again and again."""
    records = list_notes(dict(knowledge))
    found = []
    for at, one in enumerate(records):
        after = records[at + 1] if at + 1 < len(records) else None
        until = after["line"] if after is not None and after["file"] == one["file"] else 0
        questions = tuple(one["questions"])
        sought = compact(" ".join((one["topic"], *questions, one["text"], one["file"])))
        place = (one["kind"], one["file"], one["line"], until)
        found.append(Listed(*place, one["topic"], questions, one["text"], sought))
    return tuple(found)


def with_note(bundle: Bundle, values: dict[str, Any]) -> Bundle:
    """Return an account's files with one more note, in the desk's own file."""
    old = decode(bundle.knowledge.get(OWN_FILE, b"")).rstrip("\n")
    text = f"{old}\n{record_line(values)}\n".lstrip("\n")
    return with_notes(bundle, {OWN_FILE: text.encode()})


def checked_values(fields: dict[str, Any]) -> dict[str, Any]:
    """Return a note's questions, answers and source from a request; refuses anything else."""
    questions, answers = _texts(fields, "questions"), _texts(fields, "answers")
    source = fields.get("source", "")
    if not isinstance(source, str):
        abort(refusal("source must be a text", 400))
    if not questions or not answers:
        raise AccountError(
            Notice(
                "a note needs a question and an answer; fill in the other",
                "要有问题也要有回答；请补上",
            )
        )
    if len(questions) > MOST_QUESTIONS:
        raise AccountError(
            Notice(
                f"at most {MOST_QUESTIONS} questions a note; leave some out",
                f"一条最多 {MOST_QUESTIONS} 个问法；请减少",
            )
        )
    return {"questions": questions, "answers": answers, "source": source.strip()}


def _texts(fields: dict[str, Any], name: str) -> list[str]:
    given = fields.get(name, [])
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        abort(refusal(f"{name} must be a list of texts", 400))
    return list(dict.fromkeys(one.strip() for one in given if one.strip()))


def _changed(
    fields: dict[str, Any], values: dict[str, Any] | None, what: str
) -> tuple[Response, int]:
    file, line = fields.get("file"), fields.get("line")
    if not isinstance(file, str) or not isinstance(line, int) or isinstance(line, bool):
        abort(refusal("file and line name the note", 400))

    def edit(bundle: Bundle) -> Bundle:
        at = _at(bundle, file, line)
        with _in_place(file, line):
            text = decode(bundle.knowledge[file])
            note = read_note(text, at.kind, line, at.until)
            if note.mark != fields.get("was"):
                raise AccountError(_not_there(file, line))
            new = None if values is None else _new_values(note.kind, values)
            made = change_note(text, at.kind, line, at.until, new)
        return with_notes(bundle, {file: encode(file, made) if made.strip() else None})

    return change(fields, f"{what}: {file}", edit)


def _new_values(kind: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values of a changed note in the form of its kind; refuses anything else."""
    if kind in ("pair", "record"):
        topic = values.get("topic", "")
        if not isinstance(topic, str):
            abort(refusal("topic must be a text", 400))
        return checked_values(values) | {"topic": topic.strip()}
    if kind == "row":
        cells = values.get("cells")
        if not isinstance(cells, list) or not all(isinstance(one, str) for one in cells):
            abort(refusal("cells must be a list of texts", 400))
        return {"cells": cells}
    text = values.get("text")
    if not isinstance(text, str) or not text.strip():
        raise AccountError(
            Notice("the note is empty; remove it instead", "内容是空的；要删请按“删除”")
        )
    return {"text": text}


def _at(bundle: Bundle, file: str, line: int) -> Listed:
    found = (one for one in listed_notes(bundle) if (one.file, one.line) == (file, line))
    if (note := next(found, None)) is None:
        raise AccountError(_not_there(file, line))
    return note


@contextmanager
def _in_place(file: str, line: int) -> Iterator[None]:
    """Refuse a note whose file is written in a way that cannot be changed in its place."""
    try:
        yield
    except (LookupError, ValueError, csv.Error) as error:
        raise AccountError(
            Notice(
                f"{file}, line {line} cannot be changed here; download the file, change it, and"
                " upload it again",
                f"{file} 第 {line} 行在这里改不了；请下载文件，改好再上传",
            )
        ) from error


def _not_there(file: str, line: int) -> Notice:
    return Notice(
        f"{file}, line {line}: this note was changed by somebody else meanwhile; reload the page",
        f"{file} 第 {line} 行：这条刚被别人改过；请重新载入页面看看",
    )


def _check_name(bundle: Bundle, name: str) -> None:
    if name in bundle.knowledge:
        raise AccountError(
            Notice(
                f"there is a file {name} already; replace it, or choose another name",
                f"已经有文件 {name}；请选择替换，或换一个名字",
            )
        )
    if not _FILE_NAME.fullmatch(name) or not name.lower().endswith(NOTES_ENDINGS):
        endings = "、".join(NOTES_ENDINGS)
        raise AccountError(
            Notice(
                f"{name}: notes are files that end in {', '.join(NOTES_ENDINGS)}; save a table as"
                " CSV and a document as txt",
                f"{name}：资料文件以 {endings} 结尾；表格请另存为 CSV，文档另存为 txt",
            )
        )


def _in_query() -> dict[str, Any]:
    return {"base": request.args.get("base", type=int), "by": request.args.get("by", "")}
