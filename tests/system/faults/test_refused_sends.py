"""The platform takes no customer-service message: the answer waits for the follower."""

from __future__ import annotations

import pytest
import requests

from tests.system.faults.conftest import Open, Record
from tests.system.faults.env import pusher
from tests.tools.wechat_simulator.api_host import ApiHost, Fault
from tests.tools.wechat_simulator.stack import Stack
from tests.waiting import until

LATE = {"XINGLIN_REPLY_DEADLINE_S": "0.1", "TEST_SLOW_S": "0.6", "TEST_SEATS": "64"}
WORKER = "tests.system.faults.poisoned.PoisonedWorker"
PATIENT = 1


def metric(stack: Stack, name: str) -> float:
    text = requests.get(stack.base + "/metrics", timeout=5).text
    found = [line for line in text.splitlines() if line.startswith(name + " ")]
    return float(found[0].split()[-1]) if found else 0.0


@pytest.fixture(scope="module")
def stack(open_shared: Open) -> Stack:
    """Two web servers: the first hardly waits for an answer, the second as long as it may."""
    found = open_shared(LATE, workers=1, webs=2, worker_class=WORKER)
    found.env |= {"XINGLIN_REPLY_DEADLINE_S": "4.5"}
    found.kill_web(PATIENT)
    until(lambda: found.ready(found.bases[PATIENT]), 30, "the web server")
    return found


@pytest.mark.parametrize("code", [45047, 48001, 45015, 40003])
def test_a_refused_answer_waits_behind_the_tap_and_the_follower_is_told(
    stack: Stack, shared_api: ApiHost, record: Record, code: int
) -> None:
    shared_api.rule("custom/send", lambda number: Fault(errcode=code))
    kept = metric(stack, "xinglin_kept_for_tap_total")
    push, openid = pusher(stack), f"oLate{code}"

    def say(text: str, number: int) -> str:
        shown = push.text(openid, text, f"{code}{number}", first=PATIENT).shown
        return shown.text if shown else ""

    assert push.text(openid, "黄芪有什么功效？", f"{code}1").shown is None
    until(lambda: metric(stack, "xinglin_kept_for_tap_total") == kept + 1, 20, "the refusal")

    answer = requests.get(stack.base + "/readyz", timeout=5).json()
    assert answer["state"] == "degraded"
    assert any(str(code) in problem and "继续" in problem for problem in answer["problems"])
    assert metric(stack, f'xinglin_send_errors_total{{code="{code}"}}') == 1
    told = say("当归有什么功效？", 2)
    assert "没能送到你手上" in told
    assert "当归" in told
    assert all("黄芪有什么功效" in say("继续", 3) for _ in range(2))
    after = say("白术有什么功效？", 4)
    assert "白术" in after
    assert "没能送到" not in after
    record(f"custom/send answers {code}", "the answer is behind 继续, the next reply says so")
