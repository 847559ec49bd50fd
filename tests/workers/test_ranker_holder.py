"""A worker takes the ranker in force, and keeps its own where that cannot be used."""

from __future__ import annotations

from dataclasses import replace

import pytest

from knowledge.ranker import SIZE, Ranker
from workers.ranker_holder import RankerHolder
from xinglin.store import Store
from xinglin.store.operations.ranker_registry import RankerVersion

pytestmark = pytest.mark.redis
RANKER = Ranker(0, (0.0,) * 4, (1.0,) * 4, (0.5,) * SIZE, 0.1)
VERSION = RankerVersion(
    at=1.0, by="me", votes=400, followers=40, auc=0.8, rule_auc=0.5, low=0.2, high=0.4,
    weights=RANKER.fields(),
)  # fmt: skip


def test_it_follows_what_is_published_and_taken_back(store: Store) -> None:
    held = RankerHolder(store.rankers)
    assert (held.look(), held.number, held.current) == (False, 0, None)

    store.rankers.publish(VERSION)
    assert (held.look(), held.look()) == (True, False)
    assert held.current == replace(RANKER, number=1)
    store.rankers.go_to(0)

    assert (held.look(), held.number, held.current) == (True, 0, None)


@pytest.mark.parametrize("spoil", ["features", "gone"])
def test_one_that_cannot_be_used_changes_nothing_and_is_said(store: Store, spoil: str) -> None:
    held = RankerHolder(store.rankers)
    store.rankers.publish(VERSION)
    held.look()

    if spoil == "features":
        store.rankers.publish(replace(VERSION, weights=RANKER.fields() | {"features": 9}))
    else:
        store.rankers.go_to(7)
    held.look()

    assert held.number == 1
    assert "xinglin feedback" in held.problem
    store.rankers.go_to(1)
    held.look()
    assert (held.number, held.problem) == (1, "")
