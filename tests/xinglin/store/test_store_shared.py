"""Token, models, pages, votes: what all processes share."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.xinglin.store.handing import tap
from xinglin.store import Store
from xinglin.store.records import Ack, WorkerInfo

pytestmark = pytest.mark.redis


def worker(name: str, model: str = "tcm") -> WorkerInfo:
    return WorkerInfo(name, 1, "host", "cpu", model, "1", 0, 0, 0.0)


def test_sixteen_threads_of_four_processes_refresh_a_token_once(
    open_store: Callable[..., Store],
) -> None:
    stores = [open_store() for _ in range(4)]
    fetched: list[bool] = []

    def fetch(force: bool) -> tuple[str, int]:
        time.sleep(0.2)
        fetched.append(force)
        return f"token-{len(fetched)}", 7200

    with ThreadPoolExecutor(16) as pool:
        first = set(pool.map(lambda i: stores[i % 4].tokens.token(fetch), range(16)))
        second = set(
            pool.map(lambda i: stores[i % 4].tokens.token(fetch, stale="token-1"), range(16))
        )

    assert (first, second) == ({"token-1"}, {"token-2"})
    assert fetched == [False, False]


def test_a_refresh_is_forced_only_when_the_platform_keeps_to_a_token_it_refuses(
    store: Store,
) -> None:
    forced: list[bool] = []

    def fetch(force: bool) -> tuple[str, int]:
        forced.append(force)
        return ("new" if force else "old"), 7200

    assert store.tokens.token(fetch) == "old"
    assert store.tokens.token(fetch, stale="old") == "new"
    assert forced == [False, False, True]


def test_a_failed_refresh_leaves_no_lock_behind(store: Store) -> None:
    def fail(force: bool) -> tuple[str, int]:
        raise ConnectionError("away")

    with pytest.raises(ConnectionError):
        store.tokens.token(fail)

    assert store.tokens.token(lambda force: ("good", 7200)) == "good"


def test_announcement_acknowledgement_and_withdrawal(store: Store) -> None:
    assert store.models.want() is None
    first = store.models.announce("one")
    before = store.models.want()
    second = store.models.announce("two")
    store.models.acknowledge(second, Ack("w1", "two", "failed", "broken"))

    store.models.withdraw(before)

    assert second > first
    assert store.models.acks(second) == [Ack("w1", "two", "failed", "broken")]
    want = store.models.want()
    assert want is not None
    assert (want.gen, want.name) == (first, "one")
    assert store.models.announce("three") > second


def test_workers_are_listed_while_their_heart_beats(store: Store) -> None:
    store.models.heartbeat(worker("b"))
    store.models.heartbeat(worker("a"))
    store.models.goodbye("b")

    assert [info.name for info in store.models.workers()] == ["a"]
    store.models._now = lambda: time.time() + 60
    assert store.models.workers() == []


def test_a_vote_needs_a_reply_and_counts_once(store: Store) -> None:
    user = store.user_key("o")
    assert not store.feedback.vote(user, 1)
    store.redis.set(f"xl:{{{user}}}:last", "m1")

    assert store.feedback.vote(user, 1)
    assert not store.feedback.vote(user, -1)
    assert store.stats.snapshot()["votes_up"] == 1


def test_the_rest_of_a_reply_is_given_once(store: Store) -> None:
    store.pages.begin("u", "m1", "余下", generated=True)

    assert tap(store, "u", "t1") == "余下"
    assert tap(store, "u", "t2") is None
    assert tap(store, "u", "t1") == "余下", "the same tap again"


def test_a_follower_has_one_key_in_all_processes_and_it_hides_the_openid(
    open_store: Callable[..., Store],
) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: open_store().user_key("oFollower"), range(8)))

    (key,) = found
    assert len(key) == 24
    assert "oFollower" not in key
