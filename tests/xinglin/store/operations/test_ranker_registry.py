"""Versions of the ranker: published, kept, gone back to."""

from __future__ import annotations

import pytest

from xinglin.store import Store, keys
from xinglin.store.operations.ranker_registry import MOST_VERSIONS, RankerVersion

pytestmark = pytest.mark.redis
VERSION = RankerVersion(
    at=1.0, by="me", votes=400, followers=40, auc=0.8, rule_auc=0.5, low=0.2, high=0.4,
    weights={"features": 1},
)  # fmt: skip


def test_versions_count_up_and_the_newest_is_in_force(store: Store) -> None:
    assert store.rankers.current() == 0

    numbers = [store.rankers.publish(VERSION) for _ in range(MOST_VERSIONS + 2)]

    assert numbers == list(range(1, MOST_VERSIONS + 3))
    assert store.rankers.current() == numbers[-1]
    assert [one.number for one in store.rankers.versions()] == numbers[:1:-1]
    assert store.rankers.version(1) is None
    store.rankers.go_to(5)
    assert store.rankers.current() == 5
    assert store.rankers.publish(VERSION) == numbers[-1] + 1, "a number is never given twice"


def test_damaged_records_are_left_out(store: Store) -> None:
    store.rankers.publish(VERSION)
    store.redis.lpush(keys.RANKER_VERSIONS, "{}")
    store.redis.set(keys.RANKER, "x")

    assert [one.number for one in store.rankers.versions()] == [1]
    assert store.rankers.current() == 0
