"""`python -m workers.check_notes FOLDER`: whether an account's notes can be read.

A process of its own, so that neither the web side nor a command has to import the finder. Each line
of stdout is a record: {"en": sentence, "zh": the same in Chinese or ""}.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from knowledge.contradictions import find_conflicts
from knowledge.errors import KnowledgeError, Sentence
from knowledge.notes import Knowledge
from knowledge.reading import read_folder, unread_files


def main() -> int:
    """Write warnings and return 0, or the error and 2 where they cannot be read."""
    folder = Path(sys.argv[1])
    try:
        knowledge = read_folder(folder)
    except KnowledgeError as error:
        _write(str(error), getattr(error, "zh", ""))
        return 2
    for warning in notes_warnings(folder, knowledge):
        _write(warning, warning.zh)
    return 0


def notes_warnings(folder: Path, knowledge: Knowledge) -> list[Sentence]:
    """Return what can be used and may not be meant."""
    return [*unread_files(folder), *find_conflicts(knowledge)]


def _write(english: str, chinese: str) -> None:
    sys.stdout.write(json.dumps({"en": english, "zh": chinese}) + "\n")


if __name__ == "__main__":
    raise SystemExit(main())
