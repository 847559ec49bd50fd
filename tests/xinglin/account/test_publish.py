"""Versions of an account in Redis: published, told apart, gone back to, pulled."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.xinglin.account.shop import TOML, write_shop
from xinglin.account.folder import read_bundle
from xinglin.account.publish import (
    fetch_bundle,
    note_digest,
    note_version,
    noted_version,
    publish_bundle,
    pull,
    roll_back,
)
from xinglin.errors import AccountBehind, AccountError
from xinglin.store import Store
from xinglin.store.account_registry import MOST_VERSIONS

pytestmark = pytest.mark.redis


def named(folder: Path, name: str) -> Path:
    return write_shop(folder, TOML.replace("山前茶铺", name))


def publish(store: Store, folder: Path, *, base: int | None = None, by: str = "甲") -> int:
    return publish_bundle(store.accounts, read_bundle(folder), base=base, by=by).number


def test_a_folder_becomes_a_version_with_who_and_when(store: Store, tmp_path: Path) -> None:
    number = publish(store, write_shop(tmp_path), base=0)

    [version] = store.accounts.versions()
    assert (number, version.number, version.by, version.name) == (1, 1, "甲", "山前茶铺")
    assert version.source == "folder"
    assert version.at > 1e9
    assert store.accounts.current() == (1, version.digest)
    assert fetch_bundle(store.accounts, version) == read_bundle(tmp_path)


def test_the_same_again_is_no_new_version(store: Store, tmp_path: Path) -> None:
    folder = write_shop(tmp_path)

    assert publish(store, folder) == publish(store, folder) == 1
    assert len(store.accounts.versions()) == 1


def test_the_second_of_two_publishers_is_told(store: Store, tmp_path: Path) -> None:
    publish(store, named(tmp_path / "a", "一号"), base=0, by="王")

    with pytest.raises(AccountError, match="version 1 was published by 王 meanwhile") as refused:
        publish(store, named(tmp_path / "b", "二号"), base=0, by="李")

    assert "由 王 发布" in refused.value.problems[0].zh
    assert [version.name for version in store.accounts.versions()] == ["一号"]
    assert publish(store, named(tmp_path / "b", "二号"), base=1) == 2


def test_of_many_at_once_one_publishes_and_all_others_are_told(
    store: Store, tmp_path: Path
) -> None:
    folders = [named(tmp_path / str(number), f"店{number}") for number in range(6)]
    outcomes: list[str] = []

    def one(folder: Path) -> None:
        try:
            publish(store, folder, base=0)
            outcomes.append("published")
        except AccountError:
            outcomes.append("told")

    threads = [threading.Thread(target=one, args=(folder,)) for folder in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["published", *["told"] * 5]


def test_a_bad_folder_changes_nothing(store: Store, tmp_path: Path) -> None:
    publish(store, write_shop(tmp_path))
    before = store.accounts.current()

    with pytest.raises(AccountError, match="line 1"):
        publish(store, write_shop(tmp_path, 'label = "x"'))

    assert store.accounts.current() == before


def test_going_back_makes_an_earlier_version_new(store: Store, tmp_path: Path) -> None:
    for name in ("一", "二", "三"):
        publish(store, named(tmp_path, name))

    assert roll_back(store.accounts, 0, "甲").name == "二"
    assert roll_back(store.accounts, 0, "甲").name == "一", "and further back each time"
    with pytest.raises(AccountError, match="no version before 1 is kept"):
        roll_back(store.accounts, 0, "甲")
    assert roll_back(store.accounts, 3, "甲").name == "三"
    with pytest.raises(AccountError, match="no version 77"):
        roll_back(store.accounts, 77, "甲")

    newest = store.accounts.versions()[0]
    assert (newest.number, newest.source, newest.of) == (6, "rollback", 3)
    assert fetch_bundle(store.accounts, newest) == read_bundle(tmp_path)


def test_old_versions_go_and_take_their_files_along(store: Store, tmp_path: Path) -> None:
    for number in range(MOST_VERSIONS + 5):
        publish(store, named(tmp_path, f"店{number}"))

    versions = store.accounts.versions()
    assert len(versions) == MOST_VERSIONS
    assert len(store.redis.keys("xl:account:texts:*")) == MOST_VERSIONS
    assert len(store.redis.keys("xl:account:notes:*")) == 1, "the notes were the same in all"
    assert fetch_bundle(store.accounts, versions[-1]).files


def test_pull_brings_a_version_into_a_folder(store: Store, tmp_path: Path) -> None:
    folder, other = write_shop(tmp_path / "a"), tmp_path / "b"
    (folder / "knowledge" / "sub").mkdir()
    (folder / "knowledge" / "sub" / "b.md").write_text("# 白茶\n福鼎")
    publish(store, folder)

    version = pull(store.accounts, other, force=False)

    assert read_bundle(other) == read_bundle(folder)
    assert noted_version(other) == version.number == 1
    (other / "notes of my own.doc").write_text("x")
    (folder / "knowledge" / "sub" / "b.md").unlink()
    publish(store, folder)
    pull(store.accounts, other, force=False)
    assert not (other / "knowledge" / "sub" / "b.md").exists()
    assert (other / "notes of my own.doc").exists()


def test_pull_loses_no_change_that_was_not_published(store: Store, tmp_path: Path) -> None:
    with pytest.raises(AccountError, match="no version was published yet"):
        pull(store.accounts, tmp_path / "b", force=False)
    publish(store, write_shop(tmp_path / "a"))
    changed = named(tmp_path / "b", "别的店")

    with pytest.raises(AccountError, match="were never published"):
        pull(store.accounts, changed, force=False)
    assert "别的店" in (changed / "account.toml").read_text()
    pull(store.accounts, changed, force=True)
    assert "山前茶铺" in (changed / "account.toml").read_text()


def test_what_was_changed_in_redis_is_no_version(store: Store, tmp_path: Path) -> None:
    publish(store, write_shop(tmp_path / "a"))
    publish(store, named(tmp_path / "b", "二号"))
    first, second = store.accounts.versions()
    texts = store.accounts.texts(second.digest)
    store.redis.set(f"xl:account:texts:{first.digest}", texts)

    with pytest.raises(AccountError, match="were changed"):
        fetch_bundle(store.accounts, first)


def test_a_folder_that_cannot_be_written_does_without_its_note(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    note_version(tmp_path / "file", 3, "ab")
    note_version(tmp_path, 3, "ab")
    assert (noted_version(tmp_path / "file"), noted_version(tmp_path)) == (0, 3)
    (tmp_path / ".published").write_text("broken")
    assert noted_version(tmp_path) == 0


def test_all_of_it_stands_under_keys_of_its_own(store: Store, tmp_path: Path) -> None:
    """A service of version 0.1.0 on the same Redis has no such key and scans for none."""
    publish(store, write_shop(tmp_path))
    publish(store, named(tmp_path, "二号"))
    roll_back(store.accounts, 0, "甲")

    assert {key.split(b":")[1] for key in store.redis.keys("*")} == {b"account"}


def test_a_folder_that_was_published_long_ago_is_pulled_into(store: Store, tmp_path: Path) -> None:
    """Its version is not kept any more, since the desk published many after it."""
    folder = write_shop(tmp_path / "own")
    note_version(folder, publish(store, folder), read_bundle(folder).digest)
    for number in range(MOST_VERSIONS):
        publish(store, named(tmp_path / "desk", f"第{number}"))

    pull(store.accounts, folder, force=False)

    assert f"第{MOST_VERSIONS - 1}" in (folder / "account.toml").read_text("utf-8")


def test_what_was_published_elsewhere_is_noted_beside_the_version(tmp_path: Path) -> None:
    note_version(tmp_path, 3, "ab")
    note_digest(tmp_path, "cd")

    assert noted_version(tmp_path) == 3
    assert '"digest": "cd"' in (tmp_path / ".published").read_text()


def test_who_goes_back_on_an_older_version_is_told(store: Store, tmp_path: Path) -> None:
    publish(store, named(tmp_path / "a", "一号"), by="王")
    publish(store, named(tmp_path / "b", "二号"), by="李")

    with pytest.raises(AccountBehind) as refused:
        roll_back(store.accounts, 1, "王", base=1)

    assert (refused.value.number, refused.value.by) == (2, "李")
    assert store.accounts.current()[0] == 2
