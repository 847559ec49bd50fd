"""An account's notes, checked in a process of its own: the web side imports nothing of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from xinglin.errors import AccountError

_CHECK = "workers.check_notes"
_PATIENCE_S = 120.0


def check_notes(account: Path) -> None:
    """See that the notes of an account folder can be used; a folder without any is fine.

    Raises:
        AccountError: they cannot; the sentence names file, line and remedy.
    """
    notes = account / "knowledge"
    if not notes.is_dir() or not any(path.is_file() for path in notes.rglob("*")):
        return
    command = [sys.executable, "-m", _CHECK, str(notes)]
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=_PATIENCE_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise AccountError(
            f"{notes}: not read within {_PATIENCE_S:.0f} s; make it smaller"
        ) from error
    if ended.returncode == 0:
        return
    said = ended.stdout.strip() if ended.returncode == 2 else ended.stderr.strip()[-500:]
    raise AccountError([f"{notes}/{line}" for line in said.splitlines()] or f"{notes}: unreadable")
