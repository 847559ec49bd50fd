"""Whoever waits does so on the clock that it was given."""

from __future__ import annotations

from xinglin.clock import SYSTEM, Clock
from xinglin.store import Store
from xinglin.store.operations.worker_control import WorkerControl
from xinglin.store.records import WorkerInfo


class Hands:
    """A clock that a wait moves on."""

    def __init__(self) -> None:
        self.s = 0.0

    def sleep(self, seconds: float) -> None:
        self.s += seconds


def test_a_worker_that_went_silent_is_waited_for_on_the_given_clock(store: Store) -> None:
    hands = Hands()
    clock = Clock(monotonic=lambda: hands.s, sleep=hands.sleep)
    store.models.heartbeat(WorkerInfo("w1", 1, "h", "cpu", "tcm", "1", 0, 0, 0.0))

    control = WorkerControl(store.redis, store.models, clock)

    assert not control.is_alive("w1"), "nobody listens, and no heartbeat came"
    assert hands.s >= 5.0, "two heartbeats were waited for, on that clock"


def test_a_wait_ends_when_it_is_done_and_at_the_latest_in_time() -> None:
    hands = Hands()
    clock = Clock(monotonic=lambda: hands.s, sleep=hands.sleep)

    assert clock.wait_for(lambda: hands.s >= 2, 5, 1)
    assert hands.s == 2
    assert not clock.wait_for(lambda: False, 5, 1)
    assert hands.s == 7
    assert not clock.wait_for(lambda: False, 0)


def test_the_systems_clock_goes_on() -> None:
    before = SYSTEM.monotonic()
    SYSTEM.sleep(0.001)

    assert SYSTEM.monotonic() > before
    assert SYSTEM.now() > 1e9
