"""Files that are replaced whole or not at all."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from training.errors import RunError


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Open a new file that takes the place of `path` when all of it lies on the disk.

    Whatever happens before that, a full disk or a lost machine, the old file stays.

    Raises:
        OSError: the disk is full, or the folder cannot be written.
    """
    temporary = path.with_name(path.name + ".new")
    try:
        with temporary.open("wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    _sync_folder(path.parent)


@contextlib.contextmanager
def holding(folder: Path) -> Iterator[None]:
    """Keep every other process from training in a folder; the system lets go when this one ends.

    Raises:
        RunError: another one does.
    """
    with (folder / "lock").open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunError(
                f"another process trains in {folder}; wait for its end or name another --out"
            ) from error
        yield


def _sync_folder(folder: Path) -> None:
    """Make the new name last, too."""
    at = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(at)
    finally:
        os.close(at)
