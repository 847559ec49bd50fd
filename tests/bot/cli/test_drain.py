"""Draining and requeuing with real worker processes on a real Redis."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bot.cli.conftest import Command
from tests.bot.cli.test_requeue import put_aside
from tests.waiting import until
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.records import WorkerInfo

ROOT = Path(__file__).resolve().parents[3]
pytestmark = pytest.mark.redis
Start = Callable[[], subprocess.Popen[bytes]]


@pytest.fixture
def start(redis_url: str) -> Iterator[Start]:
    """Starts echo workers as a supervisor would."""
    running: list[subprocess.Popen[bytes]] = []

    def start_one() -> subprocess.Popen[bytes]:
        env = {k: v for k, v in os.environ.items() if not k.startswith("XINGLIN_")}
        env |= {"XINGLIN_REDIS_URL": redis_url, "XINGLIN_BACKEND": "echo", "XINGLIN_LEASE_S": "1.5"}
        command = [sys.executable, "-c", "from rq.cli import main; main()"]
        command += ["worker", "-w", "workers.worker.EngineWorker", "turns"]
        quiet = subprocess.DEVNULL
        running.append(subprocess.Popen(command, cwd=ROOT, env=env, stdout=quiet, stderr=quiet))
        return running[-1]

    yield start_one
    for process in running:
        if process.poll() is None:
            process.kill()
            process.wait()


@pytest.fixture
def web(settings: Settings, open_store: Callable[..., Store]) -> Store:
    return open_store(replace(settings, lease_s=1.5))


def ask(store: Store, openid: str, message_id: str) -> None:
    user = store.user_key(openid)
    store.inbox.accept(user, openid, message_id, f"{openid}的问题", wait_s=0)


def beat(store: Store, name: str) -> None:
    store.models.heartbeat(WorkerInfo(name, 7, "h", "cpu", "tcm", "1", 0, 0, 0.0))


@pytest.mark.slow
def test_a_drained_worker_ends_cleanly_and_loses_no_message(
    xinglin: Command, web: Store, start: Start
) -> None:
    workers = [start(), start()]
    until(lambda: len(web.models.workers()) == 2)
    names = {info.pid: info.name for info in web.models.workers()}
    users = [f"o{number}" for number in range(20)]

    asking = threading.Thread(target=lambda: [ask(web, user, "m1") for user in users])
    asking.start()
    ended = xinglin("drain", names[workers[0].pid])
    asking.join()

    assert ended.code == 0, ended.err
    assert ended.out == f"  {names[workers[0].pid]}: ended\n"
    assert workers[0].wait(20) == 0
    assert workers[1].poll() is None
    until(lambda: all(web.conversation.read(web.user_key(user)) for user in users))
    assert web.stats.snapshot()["waiting"] == 0


@pytest.mark.slow
def test_a_rolling_drain_replaces_each_worker(xinglin: Command, web: Store, start: Start) -> None:
    first = [start(), start()]
    until(lambda: len(web.models.workers()) == 2)
    before = {info.name for info in web.models.workers()}

    # The order of names is not that of starting: watch each by a thread of its own.
    watching = [
        threading.Thread(target=lambda p=process: (p.wait(60), start())) for process in first
    ]
    for thread in watching:
        thread.start()
    ended = xinglin("drain", "--all", "--rolling")
    for thread in watching:
        thread.join()

    assert ended.code == 0, ended.err
    assert ended.out.count("ended") == ended.out.count("took its place") == 2
    after = {info.name for info in web.models.workers()}
    assert len(after) == 2
    assert not after & before


@pytest.mark.slow
def test_a_requeued_message_is_answered_by_a_worker(
    xinglin: Command, web: Store, start: Start
) -> None:
    user = put_aside(web, "m1", "本来有毒")
    start()
    until(lambda: len(web.models.workers()) == 1)

    ended = xinglin("requeue", "--all")

    assert ended.code == 0
    until(lambda: len(web.conversation.read(user)) == 1)
    assert web.conversation.read(user)[0].assistant == "本来有毒"
    until(lambda: web.stats.snapshot()["waiting"] == 0)


def test_one_that_does_not_listen_is_said(xinglin: Command, web: Store) -> None:
    beat(web, "mute")

    ended = xinglin("drain", "--all", "--timeout", "0")

    assert ended.code == 1
    assert "mute: does not listen" in ended.err


def test_one_that_hears_and_stays_is_said(xinglin: Command, web: Store) -> None:
    beat(web, "busy")
    listener = web.redis.pubsub(ignore_subscribe_messages=True)
    listener.subscribe("rq:pubsub:busy")
    listener.get_message(timeout=5)

    ended = xinglin("drain", "busy", "--timeout", "0")

    assert ended.code == 1
    assert "busy: still there after 0 s" in ended.err
    listener.close()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "name workers"),
        (("w1", "--all"), "name workers"),
        (("x",), "no live worker"),
        (("w",), "several workers"),
        (("--host", "nowhere"), "nowhere"),
    ],
)
def test_workers_are_chosen_without_doubt(
    xinglin: Command, web: Store, arguments: tuple[str, ...], words: str
) -> None:
    beat(web, "w1")
    beat(web, "w2")

    ended = xinglin("drain", *arguments)

    assert ended.code == 2
    assert words in ended.err


def test_draining_nobody_is_no_error(xinglin: Command) -> None:
    assert xinglin("drain", "--all").out == "no worker is alive\n"
