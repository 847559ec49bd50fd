"""An account's folder as a compiled index in a cache, made once for all processes.

    path = publish(folder, cache)        seconds after a change, else tens of milliseconds
    index = Index.open(path)                  knowledge/index.py

An index is named after all that it was made of: the notes, and the code and data of this package.
So a stale one is never opened, and what was there stays until another is whole.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from knowledge.compiling import compile_knowledge
from knowledge.encoder import shipped_encoder
from knowledge.errors import KnowledgeError, MappedFileError, ReadError
from knowledge.mapped import check_seal, write_sealed
from knowledge.reading import note_files, read_folder

_PACKAGE = Path(__file__).resolve().parent
_NORMAL = _PACKAGE.parent / "xinglin" / "normal"
_KEPT = 4

Stamp = tuple[tuple[str, int, int, int], ...]


def has_notes(folder: Path) -> bool:
    """Return whether an account's folder holds any notes."""
    try:
        return bool(note_files(folder / "knowledge"))
    except ReadError:
        return False


def stamp(folder: Path) -> Stamp:
    """Return names, sizes and times of an account's notes: another one after a change.

    A folder that cannot be looked at has the stamp of an empty one.
    """
    found = []
    try:
        for path in note_files(folder / "knowledge"):
            state = path.stat()
            found.append((str(path), state.st_mtime_ns, state.st_size, state.st_ino))
    except (OSError, ReadError):
        return ()
    return tuple(found)


def publish(folder: Path, cache: Path) -> Path:
    """Return the index of an account's folder, compiled where the cache has none.

    Where several processes come at once one compiles, and the others wait for it.

    Raises:
        ReadError: a file of the folder cannot be used: file, line and remedy.
        KnowledgeError: the cache cannot be written.
    """
    notes = folder / "knowledge"
    path = cache / f"{content_key(notes)}.index"
    if _is_whole(path):
        return path
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with _alone(cache):
            if not _is_whole(path):
                arrays = compile_knowledge(read_folder(notes), shipped_encoder())
                write_sealed(path, arrays)
                _sweep(cache, path)
    except OSError as error:
        raise KnowledgeError(
            f"{cache}: cannot be written ({error.strerror}); let XINGLIN_VAR name a folder that can"
        ) from error
    return path


def compiled(folder: Path, cache: Path) -> Path | None:
    """Return the index of an account's folder where the cache has a whole one.

    Raises:
        ReadError: the folder is missing, or a file cannot be read.
    """
    path = cache / f"{content_key(folder / 'knowledge')}.index"
    return path if _is_whole(path) else None


def content_key(notes: Path) -> str:
    """Return a digest of the notes' content and of what compiles them.

    Raises:
        ReadError: the folder is missing, or a file cannot be read.
    """
    digest = hashlib.sha256(_code_digest())
    try:
        for path in note_files(notes):
            content = path.read_bytes()
            name = path.relative_to(notes).as_posix().encode("utf-8", "surrogateescape")
            digest.update(b"%d %d " % (len(name), len(content)) + name + content)
    except OSError as error:
        raise ReadError(f"{error.filename}: cannot be read ({error.strerror})") from error
    return digest.hexdigest()[:32]


@cache
def _code_digest() -> bytes:
    digest = hashlib.sha256()
    folders = (_PACKAGE, _PACKAGE / "data", _NORMAL)
    for path in sorted(path for folder in folders for path in folder.iterdir() if path.is_file()):
        content = path.read_bytes()
        digest.update(b"%s %d " % (path.name.encode(), len(content)) + content)
    return digest.digest()


def _is_whole(path: Path) -> bool:
    if not path.exists():
        return False
    try:
        check_seal(path)
    except MappedFileError:
        return False
    return True


@contextmanager
def _alone(cache: Path) -> Iterator[None]:
    """Keep other processes from compiling meanwhile; the lock ends with the process."""
    number = os.open(cache / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(number, fcntl.LOCK_EX)
        yield
    finally:
        os.close(number)


def _sweep(cache: Path, newest: Path) -> None:
    """Remove all but the newest; who has an older one open keeps it."""
    others = [path for path in cache.glob("*.index") if path != newest]
    for path in sorted(others, key=lambda one: one.stat().st_mtime, reverse=True)[_KEPT - 1 :]:
        path.unlink(missing_ok=True)
