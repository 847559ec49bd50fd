"""Ordinary events: other ways to start, narrower rights, an emptied Redis."""

from __future__ import annotations

import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from tests import shipped as texts
from tests.conftest import redis_program
from tests.system.faults.conftest import Open, Record
from tests.system.faults.env import pusher
from tests.tools.wechat_simulator.stack import ENGINE_WORKER, ROOT, Process, Stack, free_port
from tests.waiting import until


def ask(stack: Stack, count: int, openid: str = "oAsker", first: int = 0) -> list[float]:
    """Ask one question after the other; return how long each took."""
    push, times = pusher(stack), []
    for number in range(first, first + count):
        outcome = push.text(openid, f"黄芪有什么功效{number}？", f"{openid}{number}")
        assert outcome.shown is not None, outcome
        times.append(outcome.seconds)
    return times


@pytest.mark.parametrize("arguments", [[], ["--preload"]])
def test_replies_come_as_fast_from_an_app_that_was_loaded_before_the_fork(
    open_stack: Open, record: Record, arguments: list[str]
) -> None:
    stack = open_stack(workers=1, gunicorn=[*arguments, "--workers", "3"])

    middle = statistics.median(ask(stack, 20)[4:])

    record(f"gunicorn {' '.join(arguments)}", f"median reply after {1000 * middle:.0f} ms")
    assert middle < 0.4


def test_a_worker_that_was_killed_comes_back_under_its_name_within_seconds(
    open_stack: Open, record: Record
) -> None:
    stack = open_stack(workers=1)
    rq = str(Path(sys.executable).with_name("rq"))
    command = [rq, "worker", "-w", ENGINE_WORKER, "--name", "same", "turns"]
    path = {"PYTHONPATH": str(ROOT)}

    client = Redis.from_url(stack.env["XINGLIN_REDIS_URL"])

    def works(process: Process) -> bool:
        pid = client.hget("rq:worker:same", "pid")
        beats = [w["pid"] for w in stack.live_workers() if w["name"] == "same"]
        return pid == str(process.pid).encode() and beats == [process.pid]

    first = stack.start("worker", command, **path)
    until(lambda: works(first), 30, "the first one")
    rival = stack.start("worker", command, **path)
    assert rival.wait(60) != 0, "two of one name"
    assert first.poll() is None
    assert works(first)
    first.kill()
    first.wait()
    began = time.monotonic()
    second = stack.start("worker", command, **path)
    stack.workers += [second]
    until(lambda: works(second), 30, "the second one")
    client.close()

    took = time.monotonic() - began
    record("`kill -9` of a worker, started again under the same name", f"works after {took:.1f} s")
    assert took < 15


@pytest.mark.parametrize("channels", ["allchannels", "resetchannels"])
def test_a_redis_user_without_dangerous_commands_is_enough(open_stack: Open, channels: str) -> None:
    stack = open_stack(workers=1)
    with Redis.from_url(stack.env["XINGLIN_REDIS_URL"]) as client:
        rights = f"on >pw ~* {channels} +@all -@dangerous -client -pubsub"
        client.execute_command("ACL", "SETUSER", "limited", *rights.split())
    stack.env["XINGLIN_REDIS_URL"] = f"redis://limited:pw@{stack.host}:{stack.redis_port}/0"

    stack.kill_web(0)
    stack.kill_worker(0)
    until(lambda: stack.ready() and stack.workers[0].pid in pids(stack), 60, "the stack")

    assert len(ask(stack, 3)) == 3
    for number, command in enumerate(("我的数据", "重置", "反馈 很好", "删除我的数据")):
        outcome = pusher(stack).text("oAsker", command, f"c{number}", labelled=False)
        assert outcome.shown is not None
        assert outcome.shown.text != texts.BUSY, command
    assert stack.admin("POST", "reload", model="tcm")["ok"]
    assert stack.workers[0].poll() is None
    assert "redis_settings" in stack.log()
    assert "Redis refuses INFO" in stack.log()
    found = run_check(stack.env)
    assert "warn  Redis" in found
    assert "fail  Redis" not in found


def pids(stack: Stack) -> list[object]:
    return [worker["pid"] for worker in stack.live_workers()]


def run_check(env: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "bot.cli", "check"],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


@pytest.fixture(params=["without slots", "with all slots"])
def clustered(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a Redis in cluster mode."""
    port = next(port for port in iter(free_port, 0) if port < 55_000)  # its bus is 10,000 above
    process = subprocess.Popen(
        [redis_program(), "--port", str(port), "--cluster-enabled", "yes", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    url = f"redis://127.0.0.1:{port}/0"
    with Redis.from_url(url) as client:
        until(lambda: answers(client), 15, "Redis")
        if request.param == "with all slots":
            client.execute_command("CLUSTER", "ADDSLOTS", *range(16_384))
            until(
                lambda: b"cluster_state:ok" in client.execute_command("CLUSTER", "INFO"), 30, "ok"
            )
    yield url
    process.kill()
    process.wait()


def answers(client: Redis) -> bool:
    try:
        return bool(client.ping())
    except RedisError:
        return False


def test_a_redis_in_cluster_mode_is_named_and_no_worker_starts_on_it(
    clustered: str, tmp_path: Path
) -> None:
    env = {"PATH": "/usr/bin:/bin", "XINGLIN_REDIS_URL": clustered, "PYTHONPATH": str(ROOT)}
    env |= {"XINGLIN_BACKEND": "echo"}

    found = run_check(env)
    rq = str(Path(sys.executable).with_name("rq"))
    worker = subprocess.run(
        [rq, "worker", "-w", ENGINE_WORKER, "turns"],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip

    assert "fail  Redis" in found
    assert "cluster mode" in found
    assert "redis+sentinel" in found
    assert "Traceback" not in found
    assert worker.returncode != 0
    assert "cluster mode" in worker.stderr


def test_a_follower_stays_one_when_redis_comes_back_empty_under_load(
    open_stack: Open, record: Record
) -> None:
    stack = open_stack({"XINGLIN_REPLY_DEADLINE_S": "1.5"}, workers=1, webs=2)
    stop = threading.Event()
    ends = pusher(stack)

    def write(number: int) -> None:
        for count in range(10_000):
            if stop.is_set():
                return
            ends.text(f"oUser{number}", f"问题{count}？", f"{number}.{count}", first=count % 2)

    crowd = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for one in crowd:
        one.start()
    with Redis.from_url(stack.env["XINGLIN_REDIS_URL"]) as client:
        time.sleep(1.5)
        client.flushall()
        stack.kill_web(1)  # the new processes have never seen the old key
        until(lambda: stack.ready(stack.bases[1]), 60, "the second web server")
        time.sleep(1.5)
        client.flushall()
        # Whoever waits for a reply that is gone waits until the deadline, and asks again then.
        time.sleep(4.0)
        stop.set()
        for one in crowd:
            one.join()
        users = {key.split(b"{")[1].split(b"}")[0] for key in client.keys("xl:{*}:hist")}

    record("FLUSHALL twice under load, a web server started anew", f"{len(users)} of 4 followers")
    assert len(users) == 4
