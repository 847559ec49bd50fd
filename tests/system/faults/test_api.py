"""The platform's API misbehaves while replies leave by custom/send."""

from __future__ import annotations

import random
import subprocess
import sys

import pytest

from tests.system.faults.breaking import Breaker, clean
from tests.system.faults.conftest import Open, Record
from tests.system.faults.env import pusher
from tests.tools.wechat_simulator.api_host import ApiHost, Fault
from tests.tools.wechat_simulator.crowd import Crowd, Habits
from tests.tools.wechat_simulator.stack import ROOT, Stack

# Longer than a webhook waits, so that every answer has to be sent.
LATE = {"XINGLIN_REPLY_DEADLINE_S": "0.1", "TEST_SLOW_S": "0.3", "TEST_SEATS": "64"}
WORKER = "tests.system.faults.poisoned.PoisonedWorker"
BUSY = {
    "5xx": Fault(status=502, body="<html>bad gateway</html>"),
    "-1": Fault(errcode=-1),
    "45011": Fault(errcode=45011),
    "a connection reset": Fault(reset=True),
    "200 without JSON": Fault(body="<html>busy</html>"),
}


@pytest.mark.parametrize("name", BUSY)
@pytest.mark.faults
def test_a_busy_api_delays_and_loses_nothing(
    open_stack: Open, api: ApiHost, seconds: float, record: Record, name: str
) -> None:
    stack = open_stack(LATE, workers=2, worker_class=WORKER)
    api.quotas = False  # who has many answers to come would get five of them
    crowd = Crowd(pusher(stack), api, users=6, habits=Habits(pause_s=1.0, doubled=0))
    rng = random.Random(1)
    api.rule("custom/send", lambda n: BUSY[name] if rng.random() < 0.4 else None)

    crowd.write_for(seconds)
    api.heal()

    report = crowd.settle(60)
    retries = stack.counters().get("send_retries", 0)
    record(
        f"custom/send answers {name} to 40 % of calls", f"{report.line()}; {retries:.0f} retries"
    )
    clean(report)
    assert report.answered == report.messages
    assert retries > 0


def test_each_way_an_api_fails_is_survived(open_stack: Open, api: ApiHost, record: Record) -> None:
    stack = open_stack(LATE, workers=1, worker_class=WORKER)
    api.quotas = False
    crowd = Crowd(pusher(stack), api, users=8, habits=Habits(pause_s=0.3, doubled=0))
    api.script("custom/send", *BUSY.values(), None, Fault(hang_s=10.0))
    api.script("stable_token", Fault(status=500, body="x"), Fault(body="not JSON"))

    with Breaker(lambda n: (api.expire_token, api.steal_token)[n % 2](), 0.8):
        crowd.write_for(4)

    report = crowd.settle(40)
    record("each API fault once, the token expired and stolen in turn", report.line())
    clean(report)
    assert (
        report.answered + report.refused >= report.messages - 1
    )  # of the one that hung nobody knows
    assert not stack.counters().get("send_refused_-1")


@pytest.mark.parametrize("code", [45015, 45047, 45009])
@pytest.mark.faults
def test_a_refused_send_is_counted_and_not_tried_again(
    open_stack: Open, api: ApiHost, record: Record, code: int
) -> None:
    stack = open_stack(LATE, workers=1, worker_class=WORKER)
    crowd = Crowd(pusher(stack), api, users=4, habits=Habits(pause_s=0.5, doubled=0))
    api.rule("custom/send", lambda n: Fault(errcode=code) if n % 2 else None)

    crowd.write_for(5)
    report = crowd.settle(3)
    calls = api.calls["custom/send"]

    refused = stack.counters().get(f"send_refused_{code}", 0)
    record(
        f"custom/send answers {code} to every second call",
        f"{report.line()}; {refused:.0f} refused, {calls} calls",
    )
    assert report.duplicated == report.out_of_order == 0
    assert report.lost == refused == api.calls[f"custom/send:{code}"]
    assert calls == report.messages


def test_one_expiry_is_refreshed_once_by_four_processes_of_sixteen_threads(
    open_stack: Open, api: ApiHost, record: Record
) -> None:
    stack = open_stack(workers=1)
    for number in range(64):
        api.follower_wrote(f"o{number}")
    storms = [start_storm(stack, 16 * number) for number in range(4)]

    def storm() -> tuple[int, int]:
        before, sent = api.calls["stable_token"], len(api.sent)
        for one in storms:
            one.stdin.write("now\n")
            one.stdin.flush()
        assert [one.stdout.readline() for one in storms] == ["ready\n"] * 4
        return api.calls["stable_token"] - before, len(api.sent) - sent

    assert [one.stdout.readline() for one in storms] == ["ready\n"] * 4
    assert storm()[1] == 64
    results = {}
    for name, spoil in (
        ("expired", api.expire_token),
        ("stolen", api.steal_token),
        ("refused", api.ban_token),
    ):
        spoil()
        results[name] = storm()
    for one in storms:
        one.communicate(timeout=60)

    got = ", ".join(
        f"{name}: {calls} refreshes, {sent} of 64 sent" for name, (calls, sent) in results.items()
    )
    record("the token goes bad under 4 processes x 16 threads", got)
    assert results == {"expired": (1, 64), "stolen": (1, 64), "refused": (2, 64)}


def start_storm(stack: Stack, first: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.system.faults.storm", str(first)],
        env=stack.env | {"PYTHONPATH": str(ROOT)}, cwd=ROOT, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
