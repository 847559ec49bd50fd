"""A folder under `make run`: each change is published, a bad one told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.xinglin.account.shop import TOML, write_shop
from xinglin.account import AccountHolder, read_bundle
from xinglin.account.publish import publish_bundle, pull, roll_back
from xinglin.account.watcher import FolderWatcher
from xinglin.errors import AccountError
from xinglin.settings import Settings
from xinglin.store import Store

pytestmark = pytest.mark.redis


class Watched:
    """A folder, its watcher and the process that serves it."""

    def __init__(self, settings: Settings, store: Store, folder: Path) -> None:
        self.store, self.folder = store, write_shop(folder)
        self.notes_checked = 0
        self.holder = AccountHolder(replace(settings, account=str(folder)), store, "web")
        self.watcher = FolderWatcher(folder, store, self.holder, self.check)

    def check(self, folder: Path) -> None:
        self.notes_checked += 1
        if "坏" in (folder / "knowledge" / "faq.txt").read_text():
            raise AccountError("faq.txt, line 1: bad")

    def rename(self, name: str) -> None:
        write_shop(self.folder, TOML.replace("山前茶铺", name))
        self.settle()

    def settle(self) -> None:
        for _ in range(3):
            self.watcher.look()


@pytest.fixture
def watched(settings: Settings, store: Store, tmp_path: Path) -> Watched:
    return Watched(settings, store, tmp_path / "shop")


def test_a_change_is_published_and_served(watched: Watched) -> None:
    watched.settle()
    assert watched.holder.number == 1

    watched.rename("新名字茶铺")

    assert (watched.holder.number, watched.holder.current.name) == (2, "新名字茶铺")
    assert watched.store.accounts.versions()[0].by == "make run"
    assert watched.notes_checked == 1, "unchanged notes are not checked again"


def test_a_file_that_is_still_written_is_left_for_the_next_look(watched: Watched) -> None:
    watched.settle()
    for number in range(4):
        (watched.folder / "account.toml").write_text(TOML + "#" * number)
        watched.watcher.look()

    assert watched.holder.number == 1


def test_a_bad_change_is_told_and_the_old_goes_on(watched: Watched) -> None:
    watched.settle()

    watched.rename("")

    assert "line 1, name" in watched.holder.problem
    assert watched.holder.problem.zh  # type: ignore[attr-defined]
    assert watched.holder.current.name == "山前茶铺"
    watched.rename("好了")
    assert watched.holder.problem == ""
    assert watched.holder.current.name == "好了"


def test_bad_notes_are_told_too(watched: Watched) -> None:
    watched.settle()
    (watched.folder / "knowledge" / "faq.txt").write_text("坏")
    watched.settle()

    assert watched.holder.problem == "faq.txt, line 1: bad"
    assert watched.holder.number == 1


def test_what_was_edited_elsewhere_is_not_overwritten(watched: Watched, tmp_path: Path) -> None:
    watched.settle()
    edited = write_shop(tmp_path / "desk", TOML.replace("电话 0571-1", "电话 0571-2"))
    publish_bundle(
        watched.store.accounts, read_bundle(edited), base=1, by="店长", source="desk", place="shop"
    )

    watched.rename("山前茶铺")  # the files are written anew, and are the same
    (watched.folder / "blocked.txt").write_text("别的\n")
    watched.settle()

    assert "version 2 was edited by 店长" in watched.holder.problem
    assert watched.store.accounts.current()[0] == 2
    pull(watched.store.accounts, watched.folder, force=True)
    watched.settle()
    assert watched.holder.problem == ""
    (watched.folder / "blocked.txt").write_text("别的\n")
    watched.settle()
    assert watched.holder.number == 3, "what was pulled is known, and may be changed"


def test_after_a_restart_the_newer_side_wins(
    watched: Watched, settings: Settings, tmp_path: Path
) -> None:
    watched.settle()
    again = Watched(settings, watched.store, watched.folder)
    again.settle()
    assert again.holder.number == 1, "nothing changed"

    watched.rename("二")
    roll_back(watched.store.accounts, 0, "店长")
    again = Watched(settings, watched.store, watched.folder)
    again.rename("二")
    assert again.store.accounts.current()[0] == 3, (
        "going back was meant, and the folder is as it was"
    )

    other = Watched(settings, watched.store, tmp_path / "other")
    other.rename("别的店")
    assert other.holder.current.name == "别的店", "another folder was chosen"


def test_a_folder_that_was_published_is_pulled_into_after_many_edits_on_the_desk(
    watched: Watched,
) -> None:
    watched.settle()
    for number in range(25):
        bundle = read_bundle(watched.folder)
        changed = bundle.files["account.toml"].replace("山前茶铺".encode(), f"店{number}".encode())
        files = {**bundle.files, "account.toml": changed}
        publish_bundle(
            watched.store.accounts, replace(bundle, files=files), base=None, by="王", source="desk"
        )

    pull(watched.store.accounts, watched.folder, force=False)

    assert "店24" in (watched.folder / "account.toml").read_text("utf-8")
