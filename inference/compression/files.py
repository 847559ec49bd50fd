"""Sources and sinks of compressed files: a path, or - for the standard streams."""

from __future__ import annotations

import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import BinaryIO, Final, TextIO, cast

from inference.compression.text import Readable
from inference.errors import CompressionError

STANDARD: Final = "-"


@contextmanager
def open_source(name: str) -> Iterator[tuple[Readable, int | None]]:
    """Open what is to be read; yields it and its size where that is known.

    Raises:
        CompressionError: it cannot be read.
    """
    if name == STANDARD:
        yield _Source(cast("BufferedReader", _buffer(sys.stdin, "stdin")), "stdin"), None
        return
    with _as_sentence(name, "read"):
        stream = Path(name).open("rb")  # noqa: SIM115 - only opening it is inside the `with` above
    with stream:
        status = os.fstat(stream.fileno())
        size = status.st_size if stat.S_ISREG(status.st_mode) else None
        yield _Source(stream, name), size


@contextmanager
def open_sink(name: str, *, replace: bool) -> Iterator[BinaryIO]:
    """Open what is to be written; a file appears under its name only when all went well.

    Args:
        name: a path or `-`.
        replace: whether a file of that name may be replaced.

    Raises:
        CompressionError: it is there already, or cannot be written.
    """
    if name == STANDARD:
        with _as_sentence("stdout", "written"):
            stream = _buffer(sys.stdout, "stdout")
            yield stream
            stream.flush()
        return
    path = Path(os.path.realpath(name))
    _refuse_what_is_there(path, name, replace)
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    with _as_sentence(name, "written"):
        try:
            with temporary.open("xb") as sink:
                yield sink
            _refuse_what_is_there(path, name, replace)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)


def _refuse_what_is_there(path: Path, name: str, replace: bool) -> None:
    try:
        mode = path.stat().st_mode
    except OSError:
        return
    if stat.S_ISDIR(mode):
        raise CompressionError(f"{name}: it is a folder; name a file")
    if not stat.S_ISREG(mode):
        raise CompressionError(f"{name}: it is no ordinary file; write to - and redirect")
    if not replace:
        raise CompressionError(f"{name}: it is there already; replace it with --force")


def _buffer(stream: TextIO | None, name: str) -> BinaryIO:
    if stream is None:
        raise CompressionError(f"{name} is closed; name a file")
    return stream.buffer


class _Source:
    """A stream whose faults are sentences, so that they are not taken for those of the sink."""

    def __init__(self, stream: BufferedReader, name: str) -> None:
        self._stream, self._name = stream, name

    def read(self, size: int, /) -> bytes:
        """Read what is there again and again: one long `read` of a pipe may sleep over a Ctrl-C."""
        parts: list[bytes] = []
        with _as_sentence(self._name, "read"):
            while size > 0 and (part := self._stream.read1(size)):
                parts.append(part)
                size -= len(part)
        return b"".join(parts)


@contextmanager
def _as_sentence(name: str, verb: str) -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise  # the reader of stdout went away; the command line knows what to do
    except OSError as error:
        why = error.strerror or str(error)
        raise CompressionError(f"{name}: it cannot be {verb} ({why})") from error
