"""Redis is killed, paused, and given a full disk."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.faults.breaking import Breaker, clean
from tests.system.faults.conftest import Open, Record
from tests.system.faults.env import pusher
from tests.tools.wechat_simulator.api_host import ApiHost
from tests.tools.wechat_simulator.crowd import Crowd, Habits
from tests.waiting import until


def test_redis_killed_loses_nothing_and_serves_again_soon(
    open_stack: Open, api: ApiHost, seconds: float, record: Record
) -> None:
    stack = open_stack(workers=2, supervise=True)
    crowd = Crowd(pusher(stack), api, users=8, habits=Habits(pause_s=0.4, hasty=0.1))
    back: list[float] = []

    def kill(number: int) -> None:
        stack.kill_redis(down_s=1.0)
        began = time.monotonic()
        until(stack.ready, 30, "service")
        back.append(time.monotonic() - began)

    with Breaker(kill, 2.0 if seconds < 10 else 5.0) as breaker:
        crowd.write_for(seconds)

    report = crowd.settle()
    record(
        f"`kill -9` of Redis (1 s down), {breaker.count} times",
        f"{report.line()}; ready again {max(back):.1f} s after its start at most",
    )
    clean(report)
    assert "status" not in report.defects
    assert max(back) <= 10


@pytest.mark.faults
def test_a_paused_redis_costs_followers_a_busy_text_at_most(
    open_stack: Open, api: ApiHost, seconds: float, record: Record
) -> None:
    stack = open_stack(workers=2, supervise=True)
    crowd = Crowd(pusher(stack), api, users=8, habits=Habits(pause_s=0.4, hasty=0.1))

    def pause(number: int) -> None:
        stack.redis.send_signal(signal.SIGSTOP)
        time.sleep(6.0)
        stack.redis.send_signal(signal.SIGCONT)

    with Breaker(pause, 4.0) as breaker:
        crowd.write_for(seconds)

    report = crowd.settle()
    record(f"Redis paused for 6 s, {breaker.count} times", report.line())
    clean(report)
    assert "status" not in report.defects


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    if os.geteuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small file system is not permitted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.mark.faults
def test_a_full_disk_refuses_messages_and_loses_none(
    open_stack: Open, api: ApiHost, seconds: float, record: Record, small_disk: Path
) -> None:
    stack = open_stack(workers=2, supervise=True, redis_folder=small_disk)
    crowd = Crowd(pusher(stack), api, users=8, habits=Habits(pause_s=0.2, hasty=0.1))
    ballast = small_disk / "ballast"

    def fill(number: int) -> None:
        if number:
            return
        with ballast.open("wb", buffering=0) as file:
            try:
                while file.write(b"\0" * 65536):
                    pass
            except OSError:
                pass
        time.sleep(seconds / 2)
        ballast.unlink()

    with Breaker(fill, 2.0):
        crowd.write_for(seconds + 4)

    until(stack.ready, 30, "service")
    report = crowd.settle()
    free = shutil.disk_usage(small_disk).free >> 20
    record("the disk of Redis' log is full for a while", report.line())
    clean(report)
    assert free > 0
    assert report.refused > 0, "the disk was never full"
    assert "status" not in report.defects
