"""More than the service can do, and most of what it can."""

from __future__ import annotations

import random
import threading
import time

import pytest

from tests.system.faults.breaking import clean
from tests.system.faults.conftest import Open, Record
from tests.system.faults.env import pusher
from tests.tools.wechat_simulator.api_host import ApiHost
from tests.tools.wechat_simulator.crowd import Crowd

# A capacity that does not hang on the machine: 2 turns at once of 0.4 s each in each of 2 workers.
CAPACITY = {"TEST_SLOW_S": "0.4", "TEST_SEATS": "2"}
A_SECOND = 10.0
WORKER = "tests.system.faults.poisoned.PoisonedWorker"


def pour(crowd: Crowd, rate: float, seconds: float) -> None:
    """Ask at a fixed rate whatever comes back: each message from a follower of its own."""
    rng, asking = random.Random(1), list[threading.Thread]()
    due, until = time.monotonic(), time.monotonic() + seconds
    while due < until:
        due += rng.expovariate(rate)
        time.sleep(max(0.0, due - time.monotonic()))
        user = len(asking)
        one = threading.Thread(target=crowd.ask, args=(user, 1, crowd.text(user, 1, rng)))
        one.start()
        asking.append(one)
    for one in asking:
        one.join()


@pytest.mark.faults
def test_accepted_messages_are_answered_passively_at_most_of_the_capacity(
    open_stack: Open, api: ApiHost, seconds: float, record: Record
) -> None:
    stack = open_stack(CAPACITY, workers=2, worker_class=WORKER)
    crowd = Crowd(pusher(stack), api, users=0)

    pour(crowd, 0.8 * A_SECOND, seconds)

    report = crowd.settle()
    record(f"80 % of the capacity ({A_SECOND:.0f} turns a second)", report.line())
    clean(report)
    assert report.answered == report.messages
    assert report.p99_s < 4.5


@pytest.mark.faults
def test_too_much_is_refused_at_once_and_what_is_accepted_is_answered(
    open_stack: Open, api: ApiHost, seconds: float, record: Record
) -> None:
    most = {"XINGLIN_QUEUE_LIMIT": str(int(4 * A_SECOND))}
    stack = open_stack(CAPACITY | most, workers=2, worker_class=WORKER)
    crowd = Crowd(pusher(stack), api, users=0)

    pour(crowd, 3 * A_SECOND, seconds)

    report = crowd.settle(60)
    record(f"three times the capacity, queue limit {4 * A_SECOND:.0f}", report.line())
    clean(report)
    assert report.answered + report.refused == report.messages
    assert report.refused > report.messages / 3
