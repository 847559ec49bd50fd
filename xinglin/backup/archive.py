"""The file of a backup: a zip that any program opens, with a manifest and its sums.

Its parts:

    manifest.json       format, versions, SHA-256 of every other part
    settings.env        settings, without secrets unless they were asked for
    account/...         the account's folder
    models/NAME/...     models that are served, or that one may go back to
    store.jsonl         what Redis keeps, a follower a line

A program that does not know the format refuses it.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from xinglin.backup.errors import BackupError, cut_off, damaged, file_errors
from xinglin.bilingual import Notice
from xinglin.errors import UnreadableRecord
from xinglin.store.records import load, read_record

FORMAT = 1
MANIFEST = "manifest.json"
STORE = "store.jsonl"
_CHUNK = 1 << 20
_LARGEST_MANIFEST = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A backup's words about itself.

    Attributes:
        format: of the file.
        xinglin: version that made it.
        redis: version of the server.
        made_at: when it began, Unix seconds.
        followers: of whom something is kept.
        waiting: questions without an answer.
        sealed: ids of the history keys that sealed texts.
        plain: texts that no key sealed.
        id_key: tells the key of followers' hashes where settings give it; "" for Redis' own.
        account: version that was published last; 0 for none.
        models: SHA-256 of each model's weights.
        left_out: keys of Redis that no version of ours writes.
        parts: name -> SHA-256 of every other part.
    """

    format: int = FORMAT
    xinglin: str
    redis: str
    made_at: float
    followers: int = 0
    waiting: int = 0
    sealed: list[str] = field(default_factory=list)
    plain: int = 0
    id_key: str = ""
    account: int = 0
    models: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)


class Writer:
    """Writes parts one after the other, and sums each."""

    def __init__(self, file: IO[bytes]) -> None:
        self._zip = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self.parts: dict[str, str] = {}

    def __enter__(self) -> Writer:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """Let go of the file; what is not whole by now is thrown away by whoever opened it."""
        with suppress(OSError):
            self._zip.close()

    @contextmanager
    def part(self, name: str, *, packed: bool = True) -> Iterator[SummedFile]:
        """Write one part; it counts once it is whole."""
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.external_attr = 0o600 << 16
        with self._zip.open(info, "w", force_zip64=True) as file:
            summed = SummedFile(file)
            yield summed
        self.parts[name] = summed.digest

    def finish(self, manifest: Manifest) -> None:
        """Write the manifest, and end the file."""
        text = json.dumps(asdict(manifest), ensure_ascii=False, indent=1)
        self._zip.writestr(MANIFEST, text)
        self._zip.close()


class SummedFile:
    """A part that is being written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._sum = file, hashlib.sha256()

    @property
    def digest(self) -> str:
        """Return SHA-256 of what was written so far."""
        return self._sum.hexdigest()

    def write(self, data: bytes) -> None:
        """Write more."""
        self._sum.update(data)
        self._file.write(data)

    def copy(self, source: IO[bytes]) -> None:
        """Write all of another file."""
        while chunk := source.read(_CHUNK):
            self.write(chunk)


class Reader:
    """Reads a backup, none of it before all of it was seen to be whole."""

    def __init__(self, opened: zipfile.ZipFile) -> None:
        self._zip = opened
        self.manifest = self._read_manifest()
        self._verify()

    def names(self, start: str) -> list[str]:
        """Return the parts whose names begin so."""
        return sorted(name for name in self.manifest.parts if name.startswith(start))

    @contextmanager
    def part(self, name: str) -> Iterator[IO[bytes]]:
        """Open one part."""
        with self._zip.open(name) as file:
            yield file

    def _read_manifest(self) -> Manifest:
        if self._zip.getinfo(MANIFEST).file_size > _LARGEST_MANIFEST:
            raise BackupError(damaged(MANIFEST))
        raw = self._zip.read(MANIFEST)
        made = load(raw).get("format")
        if isinstance(made, int) and made > FORMAT:
            raise BackupError(
                Notice(
                    f"a newer Xinglin made this backup (format {made}; this one reads up to"
                    f" {FORMAT}): update Xinglin here first",
                    f"这份备份由更新版本的杏林制作（格式 {made}，本版本最多读到 {FORMAT}）："
                    "请先更新这里的杏林",
                )
            )
        return read_record(Manifest, raw)

    def _verify(self) -> None:
        parts = self.manifest.parts
        held = set(self._zip.namelist()) - {MANIFEST}
        if wrong := sorted(held ^ set(parts)):
            raise BackupError(damaged(wrong[0]))
        for name, digest in parts.items():
            summed = hashlib.sha256()
            with self._zip.open(name) as file:
                while chunk := file.read(_CHUNK):
                    summed.update(chunk)
            if summed.hexdigest() != digest or _leads_out(name):
                raise BackupError(damaged(name))


@contextmanager
def open_archive(path: Path) -> Iterator[Reader]:
    """Open a backup and see that all of it is whole.

    Raises:
        BackupError: it is damaged, cut off, or of a newer format; the sentence names the part.
    """
    with file_errors(path), _format_errors(path):
        opened = zipfile.ZipFile(path)
    with opened:
        with file_errors(path), _format_errors(path):
            reader = Reader(opened)
        yield reader


@contextmanager
def _format_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        name = str(error).rpartition("'")[0].rpartition("'")[2]
        raise BackupError(damaged(name) if name else cut_off(path)) from error
    except (KeyError, UnreadableRecord) as error:
        raise BackupError(damaged(MANIFEST)) from error


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """Write a file of one's own (0600) that takes its place when it is whole and on disk.

    What was there before stays until then. What a killed process left beside it is removed.

    Raises:
        BackupError: it cannot be written, or the disk is full.
    """
    with file_errors(path):
        _sweep(path)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        made = Path(name)
        try:
            with os.fdopen(handle, "w+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield file
                file.flush()
                os.fsync(file.fileno())
            made.replace(path)
            _sync_folder(path.parent)
        except BaseException:
            made.unlink(missing_ok=True)
            raise


def _sweep(path: Path) -> None:
    """Remove unfinished files whose writers are gone: nobody holds their locks."""
    for left in path.parent.glob(f".{path.name}.*.part"):
        with suppress(OSError), left.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            left.unlink()


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _leads_out(name: str) -> bool:
    parts = name.split("/")
    return name.startswith("/") or "\\" in name or "\0" in name or ".." in parts or "" in parts
