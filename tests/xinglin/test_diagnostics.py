"""Faults of the server and its clock are told in a sentence each."""

from __future__ import annotations

import time

import pytest

from xinglin.diagnostics import server_problems
from xinglin.store import Store


@pytest.mark.parametrize(("off_s", "warned"), [(0, False), (-60, True), (60, True)])
def test_a_clock_that_differs_is_warned_about(store: Store, off_s: int, warned: bool) -> None:
    found = server_problems(store, lambda: time.time() + off_s)

    assert any("clock" in sentence for sentence in found) is warned


def test_eviction_is_warned_about_where_it_can_happen(store: Store) -> None:
    store.redis.config_set("maxmemory-policy", "allkeys-lru")
    try:
        assert server_problems(store) == []
        store.redis.config_set("maxmemory", "500mb")
        assert "noeviction" in server_problems(store)[0]
    finally:
        store.redis.config_set("maxmemory", "0")
        store.redis.config_set("maxmemory-policy", "noeviction")


def test_a_redis_without_log_is_warned_about(store: Store) -> None:
    assert server_problems(store) == []
    store.redis.config_set("appendonly", "no")
    try:
        assert "appendonly" in server_problems(store)[0]
    finally:
        store.redis.config_set("appendonly", "yes")
