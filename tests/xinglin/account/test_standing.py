"""The account in force, as `/admin/status` and `xinglin status` tell it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.xinglin.account.shop import write_shop
from xinglin.account.folder import read_bundle
from xinglin.account.publish import publish_bundle
from xinglin.account.standing import account_facts
from xinglin.store import Store
from xinglin.store.records import WorkerInfo

pytestmark = pytest.mark.redis


def worker(name: str, notes: int) -> WorkerInfo:
    return WorkerInfo(name, 1, "h", "cpu", "tcm", "1", 0, 0, 0.0, notes=notes)


def test_the_version_in_force_is_told_with_its_notes(store: Store, tmp_path: Path) -> None:
    bundle = read_bundle(write_shop(tmp_path))
    publish_bundle(
        store.accounts, bundle, base=0, by="王", source="desk", now=lambda: 1_700_000_000.0
    )

    assert account_facts(store, [worker("a", 12), worker("b", 11)]) == {
        "version": 1, "name": "山前茶铺", "by": "王", "at": 1_700_000_000.0, "source": "desk",
        "notes": 12, "questions": 0,
    }  # fmt: skip


def test_where_nothing_was_published_the_folder_serves(store: Store) -> None:
    found = account_facts(store, [])

    assert (found["version"], found["source"], found["name"], found["notes"]) == (
        0,
        "folder",
        "",
        0,
    )
