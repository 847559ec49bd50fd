"""Memories: files that tell which characters follow which in a training text."""

from __future__ import annotations

import hashlib
import mmap
from functools import cached_property
from pathlib import Path
from typing import Final

from inference.compression.format import CODECS
from inference.compression.memory_index import HEAD, MemoryIndex
from inference.errors import CompressionError

SIGNATURE: Final = b"\xf5XLM"
VERSION: Final = 1
DIGEST_BYTES: Final = 32


class Memory:
    """An open memory; its bytes are mapped, not read.

    Attributes:
        codec: whose bytes it predicts.
        characters: how many it has counted.
        digest: sha256 of everything before it in the file.
        data: the whole file.
    """

    def __init__(self, path: Path) -> None:
        """Open a file and compare its digest.

        Raises:
            CompressionError: it cannot be read, is no memory, or is damaged.
        """
        self.data = _map(path)
        if bytes(self.data[:4]) != SIGNATURE:
            raise CompressionError(f"{path}: this is not a file that `memory build` made")
        if len(self.data) < HEAD.size + DIGEST_BYTES:
            raise CompressionError(f"{path}: the memory is cut short")
        _, version, codec, _, _, self.characters, _, _ = HEAD.unpack_from(self.data)
        if version != VERSION:
            raise CompressionError(
                f"{path}: the memory has format version {version}; this program reads {VERSION}"
            )
        self.digest = bytes(self.data[-DIGEST_BYTES:])
        if hashlib.sha256(self.data[:-DIGEST_BYTES]).digest() != self.digest:
            raise CompressionError(
                f"{path}: the memory is damaged or cut short (its sha256 differs); build it again"
            )
        names = [name for name, number in CODECS.items() if number == codec]
        if not names:
            raise CompressionError(f"{path}: the memory is of an unknown codec {codec}")
        self.codec, self._path = names[0], path

    def require_codec(self, codec: str) -> None:
        """Make sure that it predicts the bytes that a model reads.

        Raises:
            CompressionError: it does not.
        """
        if codec != self.codec:
            raise CompressionError(
                f"{self._path}: the memory counts characters in {self.codec}, the model reads "
                f"{codec}; build one with --codec {codec}"
            )

    @cached_property
    def index(self) -> MemoryIndex:
        """The counts, for the coder in Python."""
        return MemoryIndex(self.data, self.codec)


def _map(path: Path) -> memoryview:
    try:
        with path.open("rb") as stream:
            if not path.stat().st_size:
                raise CompressionError(f"{path}: the memory is empty")
            return memoryview(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
    except OSError as error:
        why = error.strerror or str(error)
        raise CompressionError(f"{path}: the memory cannot be read ({why})") from error
