"""A file that is missing, cut off, damaged or of another kind: a sentence, never a crash."""

from __future__ import annotations

import random
import shutil
import sqlite3
from pathlib import Path

import pytest

from knowledge.library import Library, LibraryError, schema
from tests.knowledge.library.books import POISONS


def ask_everything(file: Path) -> int:
    """Open and ask; returns how many passages came."""
    with Library(file, POISONS) as library:
        found = [*library.find("古人怎么说不寐"), *library.find("石竹根"), *library.views("不寐")]
        oldest = library.oldest("未渴而先穿井")
        library.facts("石竹根")
        return len(found) + (oldest is not None)


def test_a_missing_file_and_a_folder_are_named(tmp_path: Path) -> None:
    for path in (tmp_path / "none.library", tmp_path):
        with pytest.raises(LibraryError, match=f"{path}: cannot be read"):
            Library(path)


@pytest.mark.parametrize("content", [b"", b"x", b"not a library at all" * 100])
def test_another_file_is_no_library(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.library"
    file.write_bytes(content)

    with pytest.raises(LibraryError, match="is no library"):
        Library(file)


def test_another_database_is_no_library(tmp_path: Path) -> None:
    file = tmp_path / "a.library"
    database = sqlite3.connect(file)
    database.execute("create table t(a)")
    database.close()

    with pytest.raises(LibraryError, match="is no library"):
        Library(file)


def test_another_version_is_named(library_file: Path, tmp_path: Path) -> None:
    file = Path(shutil.copy(library_file, tmp_path / "a.library"))
    database = sqlite3.connect(file)
    database.execute(f"pragma user_version={schema.VERSION + 1}")
    database.close()

    with pytest.raises(LibraryError, match=f"of version {schema.VERSION + 1}"):
        Library(file)


@pytest.mark.parametrize("share", [0.001, 0.3, 0.7, 0.999])
def test_a_file_that_is_cut_off_is_refused(
    library_file: Path, tmp_path: Path, share: float
) -> None:
    data = library_file.read_bytes()
    file = tmp_path / "a.library"
    file.write_bytes(data[: int(share * len(data))])

    with pytest.raises(LibraryError, match=r"is cut off|is no library"):
        Library(file)


def damaged(library_file: Path, folder: Path, seed: int) -> Path:
    rng = random.Random(seed)
    data = bytearray(library_file.read_bytes())
    start = rng.randrange(100, len(data))
    for at in range(start, min(len(data), start + rng.choice([1, 16, 3000]))):
        data[at] = (data[at] + rng.randrange(1, 256)) % 256
    file = folder / "a.library"
    file.write_bytes(data)
    return file


@pytest.mark.parametrize("seed", range(20))
def test_a_file_with_a_changed_byte_is_refused(
    library_file: Path, tmp_path: Path, seed: int
) -> None:
    file = damaged(library_file, tmp_path, seed)

    with pytest.raises(LibraryError, match=f"{file}: is damaged"):
        Library(file)


@pytest.mark.parametrize("seed", range(60))
def test_damage_after_the_opening_is_a_sentence_and_no_crash(
    library_file: Path, tmp_path: Path, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowledge.library.library.check_seal", lambda file: None)
    file = damaged(library_file, tmp_path, seed)

    try:
        ask_everything(file)
    except LibraryError as error:
        assert str(file) in str(error)


def test_damage_in_the_text_is_found_by_a_check(
    library_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("knowledge.library.library.check_seal", lambda file: None)
    data = bytearray(library_file.read_bytes())
    database = sqlite3.connect(library_file)
    (sheet,) = database.execute("select data from sheets where id = 0").fetchone()
    database.close()
    at = data.index(sheet) + 10
    data[at : at + 8] = bytes(8)
    file = tmp_path / "a.library"
    file.write_bytes(data)

    with Library(library_file) as whole:
        whole.check()
    with Library(file, POISONS) as library:
        with pytest.raises(LibraryError, match="is damaged"):
            library.check()
        with pytest.raises(LibraryError, match="is damaged"):
            library.find("不寐")
