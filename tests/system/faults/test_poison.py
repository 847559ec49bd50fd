"""Messages that crash, hang or loop the engine: tried three times, then given up with an apology."""

from __future__ import annotations

import threading
import time

import pytest

from tests.system.faults.breaking import clean
from tests.system.faults.conftest import Open, Record
from tests.system.faults.env import LEASE_S, pusher
from tests.system.faults.traps import CRASH, HANG, LOCK, LOOP
from tests.tools.wechat_simulator.api_host import ApiHost
from tests.tools.wechat_simulator.crowd import Crowd, Habits
from tests.waiting import until

WORKER = "tests.system.faults.poisoned.PoisonedWorker"


@pytest.mark.faults
@pytest.mark.parametrize(
    ("trap", "does"), [(CRASH, "crashes"), (HANG, "never ends"), (LOCK, "blocks"), (LOOP, "loops")]
)
def test_a_poison_message_is_given_up_and_the_next_one_is_answered(
    open_stack: Open, api: ApiHost, record: Record, trap: str, does: str
) -> None:
    stack = open_stack(workers=2, worker_class=WORKER, supervise=True)
    crowd = Crowd(pusher(stack), api, users=6, habits=Habits(pause_s=0.5, doubled=0))
    victim = 99

    def poison() -> None:
        crowd.ask(victim, 1, f"这一条有毒{trap}〔{victim}.1〕")
        crowd.ask(victim, 2, f"阴阳是什么，请讲讲〔{victim}.2〕")

    writing = threading.Thread(target=poison)
    began = time.monotonic()
    writing.start()
    crowd.write_for(20)
    writing.join()
    until(lambda: stack.counters().get("dead", 0) == 1, 90, "giving it up")
    took = time.monotonic() - began

    report = crowd.settle(60)
    record(
        f"a message on which the engine {does} (3 tries, lease {LEASE_S:.0f} s)",
        f"given up after {took:.0f} s; {report.line()}",
    )
    clean(report)
    assert report.apologies == 1
    assert report.answered == report.messages - 1
    assert stack.counters()["poison"] == 1
    requeued = stack.admin("GET", "dead")
    assert trap not in str(requeued)
