"""What the account knows: opened, renewed when its folder changes, kept when the new one is bad."""

from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from knowledge.found import Band
from knowledge.library import build
from tests.folder_account import FolderAccount
from tests.knowledge.library.books import write_books
from tests.workers.conftest import SHOP
from workers.knowledge_holder import WITHOUT_NOTES, KnowledgeHolder, cache_folder
from xinglin.account.holder import Held
from xinglin.errors import AccountError
from xinglin.settings import Settings


@pytest.fixture
def account(tmp_path: Path) -> Path:
    shutil.copytree(SHOP, tmp_path / "shop")
    return tmp_path / "shop"


@pytest.fixture
def settings(account: Path, tmp_path: Path) -> Settings:
    return Settings(account=str(account), var=tmp_path / "var")


@pytest.fixture
def account_served(account: Path) -> FolderAccount:
    return FolderAccount(account)


def told(holder: KnowledgeHolder, question: str) -> str:
    found = holder.current.finder.look_up(question)
    return found.pieces[0].text if found.band == Band.ANSWER else ""


def test_a_new_note_is_known_at_the_next_look(
    settings: Settings, account: Path, account_served: Any
) -> None:
    holder = KnowledgeHolder(settings, account_served)
    before = holder.current
    holder.renew()
    assert holder.current is before, "nothing changed"
    assert told(holder, "能借雨伞吗") == ""

    (account / "knowledge" / "伞.txt").write_text("问：能借雨伞吗\n答：门口有伞。\n", "utf-8")
    holder.renew()

    assert told(holder, "能借雨伞吗") == "门口有伞。"
    assert before.finder.look_up("能借雨伞吗").band != Band.ANSWER, (
        "turns keep what they began with"
    )


def test_a_bad_file_leaves_what_was_there_and_is_named(
    settings: Settings, account: Path, account_served: Any
) -> None:
    holder = KnowledgeHolder(settings, account_served)
    bad = account / "knowledge" / "bad.jsonl"

    bad.write_text("{}\n")
    holder.renew()
    assert "bad.jsonl, line 1" in holder.problem
    assert told(holder, "几点关门") != ""

    bad.unlink()
    holder.renew()
    assert holder.problem == ""


@pytest.mark.parametrize("missing", ["notes", "empty"])
def test_an_account_without_notes_is_said_so_and_the_worker_serves(
    settings: Settings, account: Path, account_served: Any, missing: str,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    shutil.rmtree(account / "knowledge")
    if missing == "empty":
        (account / "knowledge").mkdir()

    holder = KnowledgeHolder(settings, account_served)

    assert WITHOUT_NOTES in [getattr(one, "advice", "") for one in caplog.records]
    assert holder.problem == ""
    assert told(holder, "几点关门") == ""

    shutil.copytree(SHOP, account, dirs_exist_ok=True)
    holder.renew()
    assert told(holder, "几点关门") != ""


def test_a_published_version_is_compiled_before_it_serves(
    settings: Settings, account_served: Any, tmp_path: Path
) -> None:
    holder = KnowledgeHolder(settings, account_served)
    version = tmp_path / "version" / "knowledge"
    version.mkdir(parents=True)
    (version / "n.txt").write_text("问：能借雨伞吗\n答：门口有伞。\n", "utf-8")
    held = Held(account_served.current, 2, str(version.parent))

    account_served.prepare(held)
    assert told(holder, "能借雨伞吗") == "门口有伞。"

    (version / "n.jsonl").write_text("[]\n", "utf-8")
    with pytest.raises(AccountError, match=r"n\.jsonl, line 1"):
        account_served.prepare(held)
    assert told(holder, "能借雨伞吗") == "门口有伞。", "the version before goes on"


def test_a_folder_that_cannot_be_written_is_replaced_by_a_temporary_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    folder = cache_folder(Settings(var=tmp_path / "file"))

    assert folder.parent == tmp_path
    assert folder.stat().st_mode & 0o777 == 0o700
    assert str(os.getuid()) in folder.name


def test_the_library_is_opened_and_another_one_taken(
    settings: Settings, tmp_path: Path, account_served: Any
) -> None:
    path = tmp_path / "books.library"
    with_library = dataclasses.replace(settings, library=str(path))
    holder = KnowledgeHolder(with_library, account_served)
    assert "books.library" in holder.problem
    assert holder.current.library is None

    build(path, write_books(tmp_path))
    holder.renew()
    assert holder.problem == ""
    first = holder.current.library
    assert first is not None

    path.write_bytes(path.read_bytes()[:-9])
    holder.renew()
    assert "books.library" in holder.problem
    assert holder.current.library is first
    holder.close()


def test_the_accounts_library_goes_before_the_settings_and_ends_with_its_key(
    settings: Settings, tmp_path: Path, account_served: FolderAccount
) -> None:
    path = tmp_path / "books.library"
    build(path, write_books(tmp_path))
    plain = account_served.current
    account_served.current = dataclasses.replace(plain, library=str(path))
    holder = KnowledgeHolder(settings, account_served)  # type: ignore[arg-type]
    assert holder.current.library is not None

    account_served.current = plain
    holder.renew()

    assert holder.current.library is None
    assert holder.problem == ""
    holder.close()


def test_it_counts_notes_and_rows(settings: Settings, account_served: Any) -> None:
    holder = KnowledgeHolder(settings, account_served)
    index = holder.current.finder.index

    assert holder.count == len(index.notes) + sum(len(one.rows) for one in index.tables) > 10
    holder.close()
