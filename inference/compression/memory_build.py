"""Counts training texts into the file of a memory."""

from __future__ import annotations

import hashlib
import lzma
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from inference.backends.native_memory import build_native
from inference.compression.format import CODECS
from inference.errors import CompressionError, PromptError
from inference.likelihood.scoring import text_pieces

MOST_CHARACTERS: Final = 1 << 27
"""More would take more than 3 GB to sort."""
_CODE_POINTS: Final = 0x110000
_STEP: Final = 1 << 22
_WAIT_S: Final = 0.2

Note = Callable[[str], None]
_Result = TypeVar("_Result")


def build_memory(
    files: Iterable[Path], sink: BinaryIO, codec: str, note: Note = lambda _step: None
) -> int:
    """Count the characters of texts in UTF-8, each from its own beginning; returns how many.

    Args:
        files: at least one; whose name ends in `.xz` is unpacked.
        sink: gets the file.
        codec: whose bytes the memory shall predict; that of the model.
        note: called with what comes next.

    Raises:
        PromptError: a text cannot be read, is not UTF-8, or has a character that is not in `codec`.
        CompressionError: there is no text, or too much.
        BackendError: the native library is not there.
    """
    text = _read(files, note)
    symbols, codes = _number(text, codec)
    note(f"sorting {len(text):,} characters")
    data = _on_thread(lambda: build_native(symbols, codes, CODECS[codec]))
    sink.write(data)
    sink.write(hashlib.sha256(data).digest())
    return len(text)


def _read(files: Iterable[Path], note: Note) -> NDArray[np.uint32]:
    """Return all code points, a NUL before each text."""
    parts: list[NDArray[np.uint32]] = []
    total = 0
    for file in files:
        note(f"reading {file}")
        parts.append(np.zeros(1, np.uint32))
        before = total
        with _opened(file) as stream:
            for piece, _length in text_pieces(stream, file):
                parts.append(np.frombuffer(piece.encode("utf-32-le"), np.uint32))
                total += len(piece)
                if total + len(parts) > MOST_CHARACTERS:
                    raise CompressionError(
                        f"{file}: with it there are more than {MOST_CHARACTERS:,} characters; "
                        "a memory holds no more"
                    )
        if total == before:
            raise CompressionError(f"{file}: it is empty; there is nothing to count")
    if not total:
        raise CompressionError("there is no text to count; name a file")
    return np.concatenate(parts)


@contextmanager
def _opened(file: Path) -> Iterator[BinaryIO]:
    try:
        with lzma.open(file) if file.suffix == ".xz" else file.open("rb") as stream:
            yield cast("BinaryIO", stream)
    except OSError as error:
        why = error.strerror or str(error)
        raise PromptError(f"{file}: it cannot be read ({why})") from error
    except (lzma.LZMAError, EOFError) as error:
        raise PromptError(f"{file}: it cannot be unpacked ({error})") from error


def _number(text: NDArray[np.uint32], codec: str) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return the text in symbols, and the code of each symbol; `text` is used up.

    Symbols are numbered as their bytes are sorted.
    """
    found = np.flatnonzero(np.bincount(text, minlength=_CODE_POINTS))
    coded = sorted((_code(chr(point), codec), int(point)) for point in found)
    symbol = np.zeros(_CODE_POINTS, np.uint32)
    symbol[[point for _, point in coded]] = np.arange(len(coded), dtype=np.uint32)
    for begin in range(0, len(text), _STEP):
        text[begin : begin + _STEP] = symbol[text[begin : begin + _STEP]]
    return text, np.array([code for code, _ in coded], np.uint32)


def _code(character: str, codec: str) -> int:
    """Return the bytes of a character in the highest of 32 bits."""
    return int.from_bytes(character.encode(codec).ljust(4, b"\0"), "big")


def _on_thread(run: Callable[[], _Result]) -> _Result:
    """Wait for what another thread does, so that Ctrl-C is heard while it is inside the library."""
    results: list[_Result] = []
    errors: list[Exception] = []

    def work() -> None:
        try:
            results.append(run())
        except Exception as error:  # noqa: BLE001 - raised again where it is waited for
            errors.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    while thread.is_alive():
        thread.join(_WAIT_S)
    if errors:
        raise errors[0]
    return results[0]
