"""From a change to every process: who has taken it, who refused, and what may not be meant."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.bot.desk.conftest import Desk
from tests.bot.desk.test_notes import upload
from tests.bot.desk.test_texts import set_text
from xinglin.store import Store
from xinglin.store.account_registry import AccountProcess

pytestmark = pytest.mark.redis


def stand(store: Store, name: str, **fields: object) -> None:
    row = {"number": 0, "digest": "", **fields}
    store.accounts.look(AccountProcess(process=name, kind="worker", **row))  # type: ignore[arg-type]


def test_a_process_that_has_not_answered_is_named(
    desk: Desk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.desk.publishing.WAIT_S", 0.3)
    stand(store, "slow")
    stand(store, "bad", refused=2, error="notes are gone")

    done = set_text(desk, "help", None, "帮")

    assert done["code"] == 200
    assert done["late"] == ["worker slow"]
    assert done["refused"] == ["worker bad: notes are gone"]
    assert done["took"] == 1, "the web side itself"


def test_what_may_not_be_meant_is_told_and_published(desk: Desk, store: Store) -> None:
    upload(desk, "a.csv", "问,答\n几点开门,九点\n".encode())

    done = upload(desk, "b.csv", "问,答\n几点开门,十点\n".encode())

    assert done["code"] == 200
    assert "几点开门" in done["warnings"][0]["zh"]
    assert "a.csv 第 2 行" in done["warnings"][0]["zh"]
    assert store.accounts.current()[0] == done["version"]


def test_the_same_again_is_no_version(desk: Desk, store: Store) -> None:
    first = set_text(desk, "help", None, "帮")

    again = set_text(desk, "help", "帮", "帮")

    assert again["version"] == first["version"] == store.accounts.current()[0]


def test_of_many_owners_at_once_one_publishes_and_the_others_are_told(
    desk: Desk, store: Store
) -> None:
    keys = ["help", "busy", "reset", "erased", "failed", "agreed"]
    desks = [Desk(desk.client.application.test_client()) for _ in keys]

    with ThreadPoolExecutor(len(keys)) as pool:
        done = list(pool.map(lambda one, key: set_text(one, key, None, f"改{key}"), desks, keys))

    assert sorted(one["code"] for one in done) == [200, 409, 409, 409, 409, 409]
    assert [one.source for one in store.accounts.versions()] == ["desk", "folder"]


def test_with_redis_away_it_says_so(
    desk: Desk, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xinglin.errors import StoreUnavailable
    from xinglin.store.account_registry import AccountRegistry

    def away(self: object) -> tuple[int, str]:
        raise StoreUnavailable("Redis is away")

    monkeypatch.setattr(AccountRegistry, "current", away)

    found = desk.send("PUT", "texts", texts={"help": {"was": None, "is": "帮"}})

    assert found["code"] == 503
    assert "Redis" in found["error"]
