"""An announced model is taken or refused, and the worker says which."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from workers.reload import ReloadWatcher, open_first
from xinglin.settings import Settings
from xinglin.store import Store

pytestmark = pytest.mark.redis


def test_a_broken_model_leaves_the_old_one_and_says_why(
    settings: Settings, echo: Settings, store: Store, tmp_path: Path
) -> None:
    holder = open_first(echo, store, "w1")
    broken = replace(settings, backend="reference", models=tmp_path)
    watcher = ReloadWatcher(broken, store, holder, "w1", heartbeat=lambda: None)
    gen = store.models.announce("nothing")

    watcher.run_once()
    watcher.run_once()

    (ack,) = store.models.acks(gen)
    assert (ack.state, holder.current.model) == ("failed", "tcm")
    assert "nothing" in ack.error
    holder.close()


def test_a_worker_says_what_it_serves_before_it_acknowledges_a_model(
    echo: Settings, store: Store
) -> None:
    holder = open_first(echo, store, "w1")
    acknowledged: list[tuple[str, int]] = []
    gen = store.models.announce("second")
    watcher = ReloadWatcher(
        echo,
        store,
        holder,
        "w1",
        heartbeat=lambda: acknowledged.append((holder.current.model, len(store.models.acks(gen)))),
    )

    watcher.run_once()

    assert acknowledged == [("second", 0)]
    assert [ack.state for ack in store.models.acks(gen)] == ["ok"]
    holder.close()
