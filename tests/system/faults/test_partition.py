"""Two hosts, each a network of its own with web and worker; one of them is cut off and comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.system.faults.breaking import Breaker, clean
from tests.system.faults.conftest import Record
from tests.system.faults.env import account, env
from tests.tools.wechat_simulator.api_host import ApiHost
from tests.tools.wechat_simulator.crowd import Crowd, Habits
from tests.tools.wechat_simulator.pusher import Pusher
from tests.tools.wechat_simulator.stack import ENGINE_WORKER, Stack
from tests.waiting import until

NAME = f"xl{os.getpid() % 10_000}"
HERE, THERE = "10.213.77.1", "10.213.77.2"


def ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@pytest.fixture
def other_host() -> Iterator[str]:
    """A network namespace, reached by one cable."""
    try:
        ip("netns", "add", NAME)
        ip("link", "add", f"{NAME}a", "type", "veth", "peer", "name", f"{NAME}b", "netns", NAME)
        ip("addr", "add", f"{HERE}/30", "dev", f"{NAME}a")
        ip("link", "set", f"{NAME}a", "up")
        for command in (
            ["addr", "add", f"{THERE}/30", "dev", f"{NAME}b"],
            ["link", "set", f"{NAME}b", "up"],
            ["link", "set", "lo", "up"],
        ):
            ip("-n", NAME, *command)
    except (OSError, subprocess.CalledProcessError):
        subprocess.run(["ip", "netns", "del", NAME], check=False, capture_output=True)
        pytest.skip("network namespaces are not permitted here")
    yield NAME
    subprocess.run(["ip", "link", "del", f"{NAME}a"], check=False, capture_output=True)
    subprocess.run(["ip", "netns", "del", NAME], check=False, capture_output=True)


@pytest.mark.faults
def test_a_host_that_is_cut_off_stops_nobody_and_returns(
    other_host: str, seconds: float, record: Record
) -> None:
    api = ApiHost("wxfault", "faultsecret", address=HERE)
    stack = Stack(env(api), workers=1, host=HERE)
    inside = ["ip", "netns", "exec", other_host]
    rq = str(Path(sys.executable).with_name("rq"))
    try:
        web = [sys.executable, "-m", "gunicorn", "wsgi:app", "-b", f"{THERE}:8000"]
        stack.webs.append(stack.start("web", inside + web))
        worker = stack.start("worker", [*inside, rq, "worker", "-w", ENGINE_WORKER, "turns"])
        stack.workers.append(worker)
        base = f"http://{THERE}:8000"
        until(lambda: stack.ready(base) and len(stack.live_workers()) == 2, 60, "the other host")
        pusher = Pusher(account(), [stack.base + "/wechat", base + "/wechat"])
        crowd = Crowd(pusher, api, users=8, habits=Habits(pause_s=0.5, hasty=0.1))
        gone: list[float] = []

        def cut(down_s: float) -> None:
            ip("link", "set", f"{NAME}a", "down")
            time.sleep(down_s)
            ip("link", "set", f"{NAME}a", "up")
            gone.append(until(lambda: stack.ready(base), 30, "the return"))

        with Breaker(lambda n: cut(6.0) if n == 0 else None, 2.0):
            crowd.write_for(max(seconds, 14.0))

        report = crowd.settle(40)
        until(lambda: _listed(stack) == 2, 60, "the worker's return")
        record(
            "one of two hosts cut off for 6 s",
            f"{report.line()}; its web ready {gone[0]:.1f} s after the cable",
        )
        clean(report)
    finally:
        for process in stack.webs[1:] + stack.workers[1:]:
            process.send_signal(signal.SIGCONT)
        stack.close()
        api.close()


def _listed(stack: Stack) -> int:
    try:
        return len(stack.live_workers())
    except requests.RequestException:
        return 0
