"""An account's files as one value: hashed, packed for Redis, and unpacked again."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from xinglin.bilingual import Notice
from xinglin.errors import AccountError

TEXT_BYTES = 2 << 20
"""Texts, rules, blocked words and verification files together."""
KNOWLEDGE_BYTES = 16 << 20
"""The notes, compressed."""
UNPACKED_BYTES = 32 << 20
"""The notes as they stand in the folder."""
MOST_FILES = 10_000
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of an account.

    Attributes:
        files: texts, rules, words and verification files, by path within the folder.
        knowledge: the notes, by path within `knowledge/`.
        digest: hash of both; SHA-256, 64 hex digits.
    """

    files: Mapping[str, bytes] = field(repr=False)
    knowledge: Mapping[str, bytes] = field(default_factory=dict, repr=False)

    @property
    def digest(self) -> str:
        """Return the hash of all files."""
        return hashlib.sha256(f"{_digest(self.files)}{self.notes_digest}".encode()).hexdigest()

    @property
    def notes_digest(self) -> str:
        """Return the hash of the notes."""
        return _digest(self.knowledge)

    def pack(self) -> tuple[bytes, bytes]:
        """Return texts and notes as Redis keeps them.

        Raises:
            AccountError: they are larger than one account may be.
        """
        size = sum(map(len, self.files.values()))
        if size > TEXT_BYTES:
            raise AccountError(
                too_large("texts, rules and verify/", "文字、规则和 verify/", size, TEXT_BYTES)
            )
        unpacked = sum(map(len, self.knowledge.values()))
        if unpacked > UNPACKED_BYTES:
            raise AccountError(too_large("knowledge/", "knowledge/ ", unpacked, UNPACKED_BYTES))
        notes = _pack_notes(self.knowledge)
        if len(notes) > KNOWLEDGE_BYTES:
            raise AccountError(
                too_large(
                    "knowledge/, compressed,", "压缩后的 knowledge/ ", len(notes), KNOWLEDGE_BYTES
                )
            )
        texts = {path: base64.b64encode(content).decode() for path, content in self.files.items()}
        told = {"files": texts, "notes": self.notes_digest}
        return zlib.compress(json.dumps(told).encode(), 6), notes


def unpack_texts(packed: bytes) -> tuple[dict[str, bytes], str]:
    """Return the files of a packed account, and the hash of its notes.

    Raises:
        AccountError: it is not what `pack` makes.
    """
    try:
        opened = zlib.decompressobj()
        raw = opened.decompress(packed, 2 * TEXT_BYTES)
        found = json.loads(raw)
        files = {
            _safe(str(path)): base64.b64decode(content, validate=True)
            for path, content in found["files"].items()
        }
        return files, str(found["notes"])
    except (zlib.error, ValueError, KeyError, TypeError, AttributeError) as error:
        raise AccountError(
            "what Redis keeps of the account cannot be read; publish it again"
        ) from error


def unpack_notes(packed: bytes) -> dict[str, bytes]:
    """Return the notes of a packed account, by path within `knowledge/`.

    Raises:
        AccountError: they are not what `pack` makes.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            if sum(one.file_size for one in archive.infolist()) > UNPACKED_BYTES:
                raise ValueError("too large")
            return {_safe(one.filename): archive.read(one) for one in archive.infolist()}
    except (zipfile.BadZipFile, ValueError, OSError, zlib.error) as error:
        raise AccountError(
            "what Redis keeps of the notes cannot be read; publish them again"
        ) from error


def digest_of(files: Mapping[str, bytes], notes_digest: str) -> str:
    """Return the hash of an account of which the notes are known by theirs alone."""
    return hashlib.sha256(f"{_digest(files)}{notes_digest}".encode()).hexdigest()


def too_large(what: str, what_zh: str, size: int, limit: int) -> Notice:
    """Return the sentence that refuses too much."""
    return Notice(
        f"{what} have {size:,} bytes; an account may have {limit:,} ({limit >> 20} MiB)",
        f"{what_zh}有 {size:,} 字节，一个账号最多 {limit:,}（{limit >> 20} MiB）",
    )


def _digest(files: Mapping[str, bytes]) -> str:
    listed = [(path, hashlib.sha256(files[path]).hexdigest()) for path in sorted(files)]
    return hashlib.sha256(json.dumps(listed).encode()).hexdigest()


def _pack_notes(notes: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(notes):
            archive.writestr(zipfile.ZipInfo(path, _EPOCH), notes[path], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _safe(path: str) -> str:
    """Return a path that stays within a folder; raises ValueError for any other."""
    parts = PurePosixPath(path)
    if not path or parts.is_absolute() or ".." in parts.parts or "\0" in path or "\\" in path:
        raise ValueError("a path leads out of the folder")
    return parts.as_posix()
