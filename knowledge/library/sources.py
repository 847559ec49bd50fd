"""The texts of books out of files: plain or xz, one book or many, UTF-8 or GB18030.

Only one book is held in memory at a time.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

from knowledge.library.errors import LibraryError

LARGEST_BOOK = 64 << 20
_LINE = 1 << 20
_SEPARATOR = b"\x1c"
_KINDS = (".txt", ".md")
_NO_TEXT = bytes([*range(9), 11, 12, *range(14, 28), 29, 30, 31])


@dataclass(frozen=True, slots=True)
class Document:
    """The text of one book as its file holds it.

    Attributes:
        file: where it stands.
        text: decoded; lines end with a newline.
        alone: nothing else stands in that file, so that its name may serve as a title.
    """

    file: Path
    text: str
    alone: bool


def book_files(paths: Iterable[Path]) -> list[Path]:
    """Return the files to read: those named, and in folders every .txt and .md, .xz too.

    Raises:
        LibraryError: a path does not exist, or a named file is of another kind.
    """
    found: dict[Path, None] = {}
    for path in paths:
        if path.is_dir():
            inside = (file for file in sorted(path.rglob("*")) if file.is_file())
            found.update(dict.fromkeys(file for file in inside if _is_book(file)))
        elif not path.exists():
            raise LibraryError(f"{path}: no such file")
        elif not _is_book(path):
            raise LibraryError(f"{path}: a book is a .txt or .md file, or one of these as .xz")
        else:
            found[path] = None
    return list(found)


def read_documents(file: Path) -> Iterator[Document]:
    """Yield the books of one file, in order.

    Raises:
        LibraryError: it cannot be read, is no text, or holds a book above `LARGEST_BOOK` bytes.
    """
    alone = True
    try:
        with _open(file) as stream:
            for data, more in _split(file, stream):
                alone = alone and not more
                if data.strip():
                    yield Document(file, _decode(file, data), alone)
    except (OSError, EOFError, lzma.LZMAError) as error:
        raise LibraryError(f"{file}: cannot be read: {error}") from error


def _is_book(file: Path) -> bool:
    return file.name.lower().removesuffix(".xz").endswith(_KINDS)


def _open(file: Path) -> BinaryIO:
    if file.suffix.lower() == ".xz":
        return cast("BinaryIO", lzma.open(file))
    return file.open("rb")


def _split(file: Path, stream: BinaryIO) -> Iterator[tuple[bytes, bool]]:
    """Yield the bytes of each document, and whether another one follows."""
    lines: list[bytes] = []
    size = 0
    while line := stream.readline(_LINE):
        if line.strip(b"\r\n") == _SEPARATOR:
            yield b"".join(lines), True
            lines, size = [], 0
            continue
        lines.append(line)
        size += len(line)
        if size > LARGEST_BOOK:
            raise LibraryError(
                f"{file}: a book of more than {LARGEST_BOOK >> 20} MB; divide it, or put a line"
                " that holds the byte 0x1c alone between books"
            )
    yield b"".join(lines), False


def _decode(file: Path, data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise LibraryError(f"{file}: is UTF-16; save it as UTF-8")
    if len(data.translate(None, _NO_TEXT)) < 0.999 * len(data):
        raise LibraryError(f"{file}: is not a text file")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return text.replace("\r\n", "\n").replace("\r", "\n")
    raise LibraryError(f"{file}: is neither UTF-8 nor GB18030")
