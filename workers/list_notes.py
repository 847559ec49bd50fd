"""`python -m workers.list_notes FOLDER`: what stands in an account's notes, for the owner's desk.

A process of its own, as `workers.check_notes`. Each line of stdout is a record: {"kind": "pair",
"record", "prose" or "row", "file", "line", "topic", "questions", "text"}.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from knowledge.errors import KnowledgeError
from knowledge.notes import Knowledge, Note
from knowledge.reading import read_folder

_KINDS = {".csv": "pair", ".jsonl": "record"}


def main() -> int:
    """Write the records and return 0, or the error and 2 where the notes cannot be read."""
    try:
        knowledge = read_folder(Path(sys.argv[1]))
    except KnowledgeError as error:
        sys.stdout.write(json.dumps({"en": str(error), "zh": getattr(error, "zh", "")}) + "\n")
        return 2
    for record in records(knowledge):
        sys.stdout.write(json.dumps(record, ensure_ascii=False) + "\n")
    return 0


def records(knowledge: Knowledge) -> Iterator[dict[str, Any]]:
    """Yield a record for each note, and for each row of a table, in the order of the files."""
    places = sorted(
        [*map(_note, knowledge.notes), *_rows(knowledge)],
        key=lambda one: (one["file"], one["line"]),
    )
    yield from places


def _note(note: Note) -> dict[str, Any]:
    return {
        "kind": _KINDS.get(Path(note.place.file).suffix.lower(), "prose"),
        "file": note.place.file,
        "line": note.place.line,
        "topic": note.topic,
        "questions": note.questions,
        "text": "\n".join(note.answers),
    }


def _rows(knowledge: Knowledge) -> Iterator[dict[str, Any]]:
    for _, row in knowledge.rows():
        yield {
            "kind": "row",
            "file": row.place.file,
            "line": row.place.line,
            "topic": row.name,
            "questions": row.aliases,
            "text": "；".join(f"{name}：{cell}" for name, cell in row.cells.items()),
        }


if __name__ == "__main__":
    raise SystemExit(main())
