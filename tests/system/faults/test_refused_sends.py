"""The platform takes no customer-service message: the answer waits for the follower."""

from __future__ import annotations

import pytest
import requests

from tests.system.faults.breaking import until
from tests.system.faults.conftest import Open, Record
from tests.system.faults.env import pusher
from tests.tools.wechat_simulator.api_host import ApiHost, Fault
from tests.tools.wechat_simulator.stack import Stack

LATE = {"XINGLIN_REPLY_DEADLINE_S": "0.1", "TEST_SLOW_S": "0.6", "TEST_SEATS": "64"}
WORKER = "tests.system.faults.poisoned.PoisonedWorker"


def metric(stack: Stack, name: str) -> float:
    text = requests.get(stack.base + "/metrics", timeout=5).text
    found = [line for line in text.splitlines() if line.startswith(name + " ")]
    return float(found[0].split()[-1]) if found else 0.0


@pytest.mark.parametrize("code", [45047, 48001, 45015, 40003])
def test_a_refused_answer_waits_behind_the_tap_and_the_follower_is_told(
    open_stack: Open, api: ApiHost, record: Record, code: int
) -> None:
    stack = open_stack(LATE, workers=1, worker_class=WORKER)
    api.rule("custom/send", lambda number: Fault(errcode=code))
    push = pusher(stack)

    assert push.text("oLate", "黄芪有什么功效？", "1").shown is None
    until(lambda: metric(stack, "xinglin_kept_for_tap_total") == 1, 20, "the refusal")
    stack.env |= {"XINGLIN_REPLY_DEADLINE_S": "4.5"}
    stack.kill_web(0)
    until(stack.ready, 30, "the web server")

    answer = requests.get(stack.base + "/readyz", timeout=5).json()
    assert answer["state"] == "degraded"
    assert any(str(code) in problem and "继续" in problem for problem in answer["problems"])
    assert metric(stack, f'xinglin_send_errors_total{{code="{code}"}}') == 1
    told = push.text("oLate", "当归有什么功效？", "2").shown
    assert told is not None
    assert "没能送到你手上" in told.text
    assert "当归" in told.text
    taps = [push.text("oLate", "继续", "3").shown for _ in range(2)]
    assert all(tap is not None and "黄芪有什么功效" in tap.text for tap in taps)
    after = push.text("oLate", "白术有什么功效？", "4").shown
    assert after is not None
    assert "没能送到" not in after.text
    record(f"custom/send answers {code}", "the answer is behind 继续, the next reply says so")
