"""An account's files packed for Redis."""

from __future__ import annotations

import io
import os
import zipfile
import zlib

import pytest

from xinglin.account.bundle import Bundle, digest_of, unpack_notes, unpack_texts
from xinglin.errors import AccountError

FILES = {"account.toml": b'name = "x"', "verify/MP_verify_1.txt": b"\xff\x00"}
NOTES = {"a.md": "问：甲\n答：乙".encode(), "b/c.csv": b"\x81\x30"}


def test_what_is_packed_comes_out_the_same() -> None:
    bundle = Bundle(FILES, NOTES)

    texts, notes = bundle.pack()
    files, notes_digest = unpack_texts(texts)

    assert files == FILES
    assert unpack_notes(notes) == NOTES
    assert digest_of(files, notes_digest) == bundle.digest
    assert bundle.pack() == (texts, notes), "the same files give the same bytes"


def test_the_hash_tells_files_and_their_names_apart() -> None:
    digests = {
        Bundle(FILES, NOTES).digest,
        Bundle(FILES, {}).digest,
        Bundle(FILES, {"a.md": NOTES["a.md"], "b/d.csv": NOTES["b/c.csv"]}).digest,
        Bundle({"account.toml": b""}, NOTES).digest,
    }

    assert len(digests) == 4


def test_too_much_is_refused_with_the_limit() -> None:
    with pytest.raises(AccountError, match="2 MiB"):
        Bundle({"account.toml": b"x" * (2 << 20) + b"x"}).pack()
    with pytest.raises(AccountError, match="16 MiB"):
        Bundle({}, {"a.md": os.urandom(17 << 20)}).pack()


@pytest.mark.parametrize(
    "raw", [b"", b"x", zlib.compress(b"[]"), zlib.compress(b'{"files": {"../x": ""}, "notes": ""}')]
)
def test_what_is_no_account_is_refused(raw: bytes) -> None:
    with pytest.raises(AccountError, match="publish it again"):
        unpack_texts(raw)


@pytest.mark.parametrize("path", ["../x.md", "/x.md", "a/../../x.md", "a\\b.md"])
def test_notes_never_leave_their_folder(path: str) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(path, b"x")

    with pytest.raises(AccountError, match="publish them again"):
        unpack_notes(buffer.getvalue())


def test_notes_that_grow_beyond_measure_are_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3):
            archive.writestr(f"{number}.md", bytes(11 << 20))

    with pytest.raises(AccountError):
        unpack_notes(buffer.getvalue())


@pytest.mark.parametrize("method", [97, 12, 1])
def test_notes_packed_in_a_way_that_nobody_reads_are_refused(method: int) -> None:
    _, notes = Bundle(FILES, NOTES).pack()
    deflated = (8).to_bytes(2, "little")
    odd = notes.replace(deflated + b"\x00\x00\x21", method.to_bytes(2, "little") + b"\x00\x00\x21")

    assert odd != notes
    with pytest.raises(AccountError, match="publish them again"):
        unpack_notes(odd)
