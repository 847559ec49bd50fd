"""Real worker processes on a real Redis, stopped, killed and starved."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import RealRedis
from tests.waiting import until
from xinglin.settings import Settings
from xinglin.store import Reply, Store

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.redis, pytest.mark.slow]

Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts echo workers; each writes its log to the test's folder."""
    running: list[subprocess.Popen[str]] = []

    def start_one(url: str, **more: str) -> subprocess.Popen[str]:
        env = {k: v for k, v in os.environ.items() if not k.startswith("XINGLIN_")}
        env |= {
            "XINGLIN_REDIS_URL": url,
            "XINGLIN_BACKEND": "echo",
            "XINGLIN_LEASE_S": "1.5",
        } | more
        command = [sys.executable, "-c", "from rq.cli import main; main()"]
        command += ["worker", "-w", "workers.worker.EngineWorker", "turns"]
        with (tmp_path / f"worker{len(running)}.log").open("w") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=env, stdout=log, stderr=log, text=True
            )
        running.append(process)
        return process

    yield start_one
    for process in running:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture
def web(settings: Settings, open_store: Callable[..., Store]) -> Store:
    return open_store(replace(settings, lease_s=1.5))


def ask(store: Store, openid: str, message_id: str, text: str) -> Reply | None:
    user = store.user_key(openid)
    store.inbox.accept(user, openid, message_id, text, wait_s=10)
    return store.handoff.wait(user, message_id, 10)


def test_a_worker_answers_and_leaves_quietly_on_sigterm(
    start: Start, web: Store, redis_url: str
) -> None:
    worker = start(redis_url)
    until(lambda: len(web.models.workers()) == 1)

    replies = [ask(web, f"o{i}", "m", f"第{i}问来了") for i in range(5)]
    worker.send_signal(signal.SIGTERM)

    assert [reply.text for reply in replies if reply] == [f"第{i}问来了" for i in range(5)]
    assert worker.wait(10) == 0
    assert web.models.workers() == []


def test_a_killed_workers_message_is_answered_by_the_other(
    start: Start, web: Store, redis_url: str
) -> None:
    holder = start(redis_url)
    until(lambda: len(web.models.workers()) == 1)
    user = web.user_key("o1")
    holder.send_signal(signal.SIGSTOP)
    web.inbox.accept(user, "o1", "m1", "还在吗还在吗", wait_s=15)
    claim = web.turns.take(user)  # as if the worker had taken it, and died
    holder.kill()
    holder.wait()
    start(redis_url)

    began = time.monotonic()
    reply = web.handoff.wait(user, "m1", 15)

    assert claim is not None
    assert reply is not None
    assert reply.text == "还在吗还在吗"
    assert time.monotonic() - began < 12


def test_a_worker_waits_for_redis_and_then_serves(start: Start, tmp_path: Path) -> None:
    server = RealRedis()
    server.kill()
    worker = start(server.url)
    log = tmp_path / "worker0.log"
    until(lambda: "waiting_for_redis" in log.read_text())

    server.start()

    store = Store.open(Settings(redis_url=server.url))
    until(lambda: len(store.models.workers()) == 1)
    assert worker.poll() is None
    worker.terminate()
    worker.wait(10)
    store.close()
    server.close()


def test_a_redis_kill_loses_nothing_that_was_accepted(start: Start, tmp_path: Path) -> None:
    server = RealRedis()
    store = Store.open(Settings(redis_url=server.url, lease_s=1.5))
    user = store.user_key("o1")
    for number in range(5):
        store.inbox.accept(user, "o1", f"m{number}", f"第{number}个问题", wait_s=0)

    server.kill()
    server.start()
    worker = start(server.url)

    until(lambda: len(store.conversation.read(user)) == 5)
    assert [turn.user for turn in store.conversation.read(user)] == [
        f"第{n}个问题" for n in range(5)
    ]
    worker.terminate()
    worker.wait(10)
    store.close()
    server.close()


def test_a_worker_told_to_stop_ends_without_a_complaint(
    start: Start, tmp_path: Path, redis_url: str
) -> None:
    worker = start(redis_url)
    log = tmp_path / "worker0.log"
    until(lambda: "worker_ready" in log.read_text())
    time.sleep(0.5)  # RQ's listening thread is in its read then

    worker.terminate()

    assert worker.wait(10) == 0
    said = log.read_text()
    assert "worker_stopped" in said
    assert "Traceback" not in said
    assert "closed file" not in said


@pytest.mark.parametrize(
    ("name", "value", "code", "words"),
    [
        ("XINGLIN_THREAD", "2", 2, "XINGLIN_THREAD is not a setting"),
        ("XINGLIN_MODEL", "missing", 1, "missing"),
        ("XINGLIN_REDIS_URL", "", 2, "XINGLIN_REDIS_URL is not set"),
    ],
)
def test_a_worker_that_cannot_work_says_why_and_ends(
    start: Start, tmp_path: Path, redis_url: str, name: str, value: str, code: int, words: str
) -> None:
    worker = start(redis_url, **{"XINGLIN_BACKEND": "reference", name: value})

    assert worker.wait(20) == code
    log = (tmp_path / "worker0.log").read_text()
    assert words in log
    assert "Traceback" not in log
