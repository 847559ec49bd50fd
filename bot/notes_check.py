"""An account's notes, checked in a process of its own: the web side imports nothing of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from xinglin.bilingual import Notice
from xinglin.errors import AccountError, sentences

_CHECK = "workers.check_notes"
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
    command = [sys.executable, "-m", _CHECK, str(notes)]
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise AccountError(
            Notice(
                f"{notes}: not read within {_PATIENCE_S:.0f} s; make it smaller",
                f"{notes}：{_PATIENCE_S:.0f} 秒内没有读完；请减少内容",
            )
        ) from error
    if ended.returncode == 0:
        return _sentences(ended.stdout, "")
    if ended.returncode == 2 and (problems := _sentences(ended.stdout, f"{notes}/")):
        raise AccountError(problems)
    said = ended.stderr.strip()[-500:].splitlines()
    raise AccountError([f"{notes}/{line}" for line in said] or f"{notes}: unreadable")


def explained(error: Exception, account: Path) -> str:
    """Return what is wrong with an account's knowledge; in Chinese, too, where a note is."""
    try:
        check_notes(account)
    except AccountError as problems:
        return sentences(problems)[0]
    return sentences(error)[0]


def _sentences(lines: str, before: str) -> list[Notice]:
    """Return what the process wrote; the English stands for a Chinese that is missing."""
    records = [json.loads(line) for line in lines.splitlines()]
    return [Notice(before + one["en"], before + (one["zh"] or one["en"])) for one in records]
