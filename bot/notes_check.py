"""An account's notes, looked at in a process of its own: the web side imports nothing of them."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from xinglin.account.bundle import Bundle
from xinglin.account.folder import write_folder
from xinglin.bilingual import Notice
from xinglin.errors import AccountError

_CHECK, _LIST = "workers.check_notes", "workers.list_notes"
_PATIENCE_S = 120.0


def check_notes(account: Path) -> list[Notice]:
    """See that the notes of an account folder can be used; a folder without any is fine.

    Returns:
        What can be used and may not be meant: contradictions, and files that nobody reads.

    Raises:
        AccountError: they cannot; the sentence names file, line and remedy.
    """
    notes = account / "knowledge"
    if not notes.is_dir() or not any(path.is_file() for path in notes.rglob("*")):
        return []
    return _sentences(_run(_CHECK, notes, f"{notes}/"), "")


def check_files(knowledge: Mapping[str, bytes]) -> list[Notice]:
    """See that notes can be used that stand in no folder; as `check_notes`."""
    return _sentences(_run_on_files(_CHECK, knowledge), "") if knowledge else []


def list_notes(knowledge: Mapping[str, bytes]) -> list[dict[str, Any]]:
    """Return what stands in notes, as `workers.list_notes` tells it.

    Raises:
        AccountError: they cannot be used.
    """
    return _records(_run_on_files(_LIST, knowledge)) if knowledge else []


def ask_knowledge(module: str, said: Iterable[Any]) -> list[Any]:
    """Return what a module of the workers makes of records, each a line of JSON.

    Raises:
        AccountError: it failed.
    """
    lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in said)
    return _records(_run(module, Path("-"), "", lines))


def _run_on_files(module: str, knowledge: Mapping[str, bytes]) -> str:
    with tempfile.TemporaryDirectory(prefix="xinglin-notes-") as place:
        write_folder(Path(place), Bundle({}, knowledge))
        return _run(module, Path(place) / "knowledge", "")


def _run(module: str, notes: Path, before: str, said: str = "") -> str:
    """Return what a process says about a folder of notes; its sentences begin with `before`."""
    command = [sys.executable, "-m", module, str(notes)]
    try:
        ended = subprocess.run(
            command, input=said, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise AccountError(
            Notice(
                f"{before}: not read within {_PATIENCE_S:.0f} s; make it smaller",
                f"{before}：{_PATIENCE_S:.0f} 秒内没有读完；请减少内容",
            )
        ) from error
    if ended.returncode == 0:
        return ended.stdout
    if ended.returncode == 2 and (problems := _sentences(ended.stdout, before)):
        raise AccountError(problems)
    lines = ended.stderr.strip()[-500:].splitlines()
    raise AccountError([f"{before}{line}" for line in lines] or f"{before}: unreadable")


def _sentences(lines: str, before: str) -> list[Notice]:
    """Return what the process wrote; the English stands for a Chinese that is missing."""
    return [
        Notice(before + one["en"], before + (one["zh"] or one["en"])) for one in _records(lines)
    ]


def _records(lines: str) -> list[Any]:
    return [json.loads(line) for line in lines.splitlines()]
