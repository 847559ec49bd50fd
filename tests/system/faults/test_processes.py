"""Web and worker processes are killed, stopped, sent away and replaced."""

from __future__ import annotations

import signal
import time

import pytest

from tests.system.faults.breaking import Breaker, clean, longest_gap
from tests.system.faults.conftest import Open, Record
from tests.system.faults.env import LEASE_S, pusher
from tests.tools.wechat_simulator.api_host import ApiHost
from tests.tools.wechat_simulator.crowd import Crowd, Habits
from tests.waiting import until


def test_workers_killed_in_a_loop_lose_and_repeat_nothing(
    open_stack: Open, api: ApiHost, seconds: float, record: Record
) -> None:
    stack = open_stack(workers=2, webs=2, supervise=True)
    habits = Habits(pause_s=0.5, doubled=0.2, lost=0.05, hasty=0.2)
    crowd = Crowd(pusher(stack), api, users=10, habits=habits)

    with Breaker(lambda number: stack.kill_worker(number % 2), 1.5) as breaker:
        crowd.write_for(seconds)

    report = crowd.settle()
    record(f"`kill -9` of a worker, {breaker.count} times", report.line())
    clean(report)
    assert report.answered == report.messages


def test_a_lone_worker_killed_is_replaced_within_lease_and_two_seconds(
    open_stack: Open, api: ApiHost, record: Record
) -> None:
    more = {"TEST_SLOW_S": "0.4", "TEST_SEATS": "64"}
    worker = "tests.system.faults.poisoned.PoisonedWorker"
    stack = open_stack(more, workers=1, worker_class=worker)
    spare = stack.start_worker()
    until(lambda: len(stack.live_workers()) == 2)
    spare.send_signal(signal.SIGSTOP)  # the lone one gets the turns; this one is ready to go on
    crowd = Crowd(pusher(stack), api, users=6, habits=Habits(pause_s=0.1, doubled=0))
    killed_at = 0.0

    def kill(number: int) -> None:
        nonlocal killed_at
        if number == 0:
            stack.workers[0].kill()
            killed_at = time.monotonic()
            spare.send_signal(signal.SIGCONT)

    with Breaker(kill, 1.5):
        crowd.write_for(3)
    stack.workers.append(spare)

    report, gap = crowd.settle(), longest_gap(crowd, killed_at)
    record(
        "`kill -9` of the only busy worker, another stands by",
        f"last answer of a turn cut off after {gap:.1f} s (lease {LEASE_S:.0f} s); {report.line()}",
    )
    clean(report)
    assert 0 < gap <= LEASE_S + 2


@pytest.mark.faults
def test_web_servers_killed_lose_and_repeat_nothing(
    open_stack: Open, api: ApiHost, seconds: float, record: Record
) -> None:
    stack = open_stack(workers=1, webs=2)
    crowd = Crowd(pusher(stack), api, users=10, habits=Habits(pause_s=0.5, hasty=0.1))
    crowd.pusher.pause_s = 1.0

    def kill(number: int) -> None:
        stack.kill_web(number % 2)
        until(lambda: stack.ready(stack.bases[number % 2]), 30, "the web server's return")

    with Breaker(kill, 1.5) as breaker:
        crowd.write_for(seconds)

    report = crowd.settle()
    record(f"`kill -9` of one of two web servers, {breaker.count} times", report.line())
    clean(report)


def test_a_worker_that_wakes_after_its_lease_says_nothing(
    open_stack: Open, api: ApiHost, seconds: float, record: Record
) -> None:
    stack = open_stack(
        {"XINGLIN_LEASE_S": "1.5", "TEST_SLOW_S": "0.1", "TEST_SEATS": "64"},
        workers=2,
        worker_class="tests.system.faults.poisoned.PoisonedWorker",
    )
    crowd = Crowd(pusher(stack), api, users=10, habits=Habits(pause_s=0.3, hasty=0.1))

    def sleep_and_wake(number: int) -> None:
        worker = stack.workers[number % 2]
        worker.send_signal(signal.SIGSTOP)
        time.sleep(3.0)
        worker.send_signal(signal.SIGCONT)

    with Breaker(sleep_and_wake, 0.5) as breaker:
        crowd.write_for(seconds)

    report = crowd.settle()
    counters = stack.counters()
    record(
        f"SIGSTOP of a worker for two leases, {breaker.count} times",
        f"{report.line()}; {counters.get('commits_refused', 0):.0f} late commits refused",
    )
    clean(report)


@pytest.mark.faults
def test_all_workers_are_replaced_one_by_one_under_load(
    open_stack: Open, api: ApiHost, seconds: float, record: Record
) -> None:
    stack = open_stack(workers=2)
    crowd = Crowd(pusher(stack), api, users=10, habits=Habits(pause_s=0.4, hasty=0.1))
    ends: list[int] = []

    def replace(number: int) -> None:
        ends.append(stack.end_worker(number % 2))
        until(lambda: len(stack.live_workers()) == 2, 60, "the new worker")

    with Breaker(replace, 2.0):
        crowd.write_for(seconds)

    report = crowd.settle()
    record(f"SIGTERM and replacement of workers in turn, {len(ends)} times", report.line())
    clean(report)
    assert report.answered == report.messages
    assert set(ends) == {0}


@pytest.mark.faults
def test_a_worker_told_to_end_finishes_its_turns_first(
    open_stack: Open, api: ApiHost, record: Record
) -> None:
    more = {"TEST_SLOW_S": "1.5", "TEST_SEATS": "64"}
    stack = open_stack(more, workers=1, worker_class="tests.system.faults.poisoned.PoisonedWorker")
    crowd = Crowd(pusher(stack), api, users=8, habits=Habits(pause_s=0.01, doubled=0))
    ends: list[tuple[int, float]] = []

    def leave(number: int) -> None:
        if number == 0:
            began = time.monotonic()
            ends.append((stack.end_worker(0), time.monotonic() - began))

    with Breaker(leave, 1.0):
        crowd.write_for(2.0)

    report = crowd.settle()
    [(status, took)] = ends
    record(f"SIGTERM with turns under way: left after {took:.1f} s, status {status}", report.line())
    clean(report)
    assert status == 0
    assert report.answered == report.messages


@pytest.mark.faults
@pytest.mark.parametrize("skew_s", [-3600, 3600])
def test_a_worker_with_a_wrong_clock_does_no_harm(
    open_stack: Open, api: ApiHost, seconds: float, record: Record, skew_s: int
) -> None:
    stack = open_stack(workers=1)
    path = {"PYTHONPATH": "tests/system/faults/skewed", "TEST_SKEW_S": str(skew_s)}
    stack.workers.append(stack.start_worker(**path))
    until(lambda: len(stack.live_workers()) == 2, what="the second worker")
    crowd = Crowd(pusher(stack), api, users=8, habits=Habits(pause_s=0.3))

    with Breaker(lambda _: stack.workers[0].kill(), seconds / 2):
        crowd.write_for(seconds)

    report = crowd.settle()
    record(f"a worker's clock is {skew_s:+d} s off, and the other is killed", report.line())
    clean(report)
    assert report.answered == report.messages
