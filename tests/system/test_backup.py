"""A service moves from one host's processes to another's, and both commands are killed half-way."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis import Redis

from tests.conftest import RealRedis
from tests.system.faults.breaking import clean
from tests.system.faults.env import env, pusher
from tests.tools.wechat_simulator.api_host import ApiHost, Fault
from tests.tools.wechat_simulator.crowd import Crowd
from tests.tools.wechat_simulator.stack import ROOT, Stack
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.redis]
# Turns take longer than a webhook waits, so that questions and replies pile up.
SLOW = {"XINGLIN_REPLY_DEADLINE_S": "0.3", "TEST_SLOW_S": "0.5", "TEST_SEATS": "2"}
WORKER = "tests.system.faults.poisoned.PoisonedWorker"
USERS = 12


@pytest.fixture
def api() -> Iterator[ApiHost]:
    host = ApiHost("wxfault", "faultsecret", quotas=False)  # more than five bubbles may wait
    yield host
    host.close()


@pytest.fixture
def new_redis() -> Iterator[RealRedis]:
    server = RealRedis()
    yield server
    server.close()


def command(url: str, *arguments: str, **settings: str) -> subprocess.Popen[str]:
    own = {k: v for k, v in os.environ.items() if not k.startswith("XINGLIN_")}
    return subprocess.Popen(
        [sys.executable, "-m", "bot.cli", *arguments],
        cwd=ROOT,
        env=own | {"XINGLIN_REDIS_URL": url} | settings,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(url: str, *arguments: str, **settings: str) -> str:
    process = command(url, *arguments, **settings)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    return out


def ask_all(crowd: Crowd, numbers: range) -> None:
    """Let every follower ask so many questions, without waiting for answers that come later."""

    def follow(user: int) -> None:
        for number in numbers:
            text = crowd.text(user, number, random.Random(number))
            crowd.ask(user, number, text, copies=1 + number % 2)

    with ThreadPoolExecutor(USERS) as pool:
        list(pool.map(follow, range(USERS)))


def test_questions_and_replies_under_way_go_on_at_the_new_place(
    api: ApiHost, new_redis: RealRedis, tmp_path: Path
) -> None:
    settings = env(api, **SLOW)
    product = {name: value for name, value in settings.items() if name.startswith("XINGLIN_")}
    file = str(tmp_path / "move.zip")
    old = Stack(settings, workers=2, worker_class=WORKER)
    try:
        crowd = Crowd(pusher(old), api, users=USERS)
        ask_all(crowd, range(1, 3))
        api.rule("custom/send", lambda number: Fault(errcode=-1) if number % 2 else None)
        ask_all(crowd, range(3, 6))
        left = len(crowd.ledger.waiting())
        old.web.terminate()
        assert old.web.wait(30) == 0
        old.workers[0].kill()  # in the middle of its turns
        old.workers[1].send_signal(signal.SIGTERM)
        old.workers[1].wait(40)
        url = old.env["XINGLIN_REDIS_URL"]
        told = run(url, "backup", "--move", file, **product)
        with Redis.from_url(url) as client:
            waiting = sum(client.llen(key) for key in client.scan_iter("xl:{*:inbox"))
            outgoing = sum(client.llen(key) for key in client.scan_iter("xl:{*:outbox"))
        restored = run(new_redis.url, "restore", file, **product)
    finally:
        old.close()
    new_redis.process.terminate()
    new_redis.process.wait()
    new = Stack(settings, workers=2, worker_class=WORKER, redis_folder=new_redis.folder)
    try:
        api.heal()
        crowd.pusher.urls = [f"{new.base}/wechat"]
        ask_all(crowd, range(6, 9))
        report = crowd.settle(60)
    finally:
        new.close()

    assert waiting > 0, "else nothing was in flight"
    assert outgoing > 0
    assert left > 0
    assert f"{waiting} questions waiting" in told
    assert f"{waiting} questions waiting" in restored
    assert "goes on here" not in told
    clean(report)
    assert report.answered + report.refused == report.messages


def fill(server: RealRedis, followers: int = 4000) -> int:
    """Keep something of many followers; returns how many keys there are."""
    with Redis.from_url(server.url) as client:
        pipe = client.pipeline(transaction=False)
        for number in range(followers):
            user = f"xl:{{{number:024x}}}"
            pipe.rpush(f"{user}:hist", os.urandom(400))
            pipe.set(f"{user}:consent", "1")
            pipe.set(f"{user}:seen:m{number}", "done")
        pipe.execute()
        return int(client.dbsize())


def test_a_backup_that_is_killed_leaves_the_earlier_one(
    new_redis: RealRedis, tmp_path: Path
) -> None:
    file = tmp_path / "b.zip"
    run(new_redis.url, "backup", str(file), "--without-models")
    before = file.read_bytes()
    keys = fill(new_redis)

    process = command(new_redis.url, "backup", str(file), "--without-models")
    until(lambda: any(part.stat().st_size > 100_000 for part in tmp_path.glob(".b.zip.*.part")))
    process.kill()
    process.communicate()

    assert file.read_bytes() == before
    assert len(list(tmp_path.glob(".b.zip.*.part"))) == 1
    run(new_redis.url, "backup", str(file), "--without-models")
    assert list(tmp_path.glob(".b.zip.*.part")) == []
    assert zipfile.ZipFile(file).read("store.jsonl").count(b'"key"') == keys


def test_a_restoration_that_is_killed_lets_nobody_serve_until_it_is_run_again(
    new_redis: RealRedis, tmp_path: Path
) -> None:
    file, target = tmp_path / "b.zip", RealRedis()
    keys = fill(new_redis)
    run(new_redis.url, "backup", str(file), "--without-models")
    try:
        with Redis.from_url(target.url) as client:
            process = command(target.url, "restore", str(file))
            until(lambda: client.dbsize() > 100)
            process.kill()
            process.communicate()
            half = client.dbsize()
            target.kill()
            target.start()
            refused = subprocess.run(
                [sys.executable, "-c", "from bot.app import refuse_unusable; refuse_unusable()"],
                cwd=ROOT,
                env=os.environ | {"XINGLIN_REDIS_URL": target.url},
                capture_output=True,
                text=True,
                check=False,
            )
            run(target.url, "restore", str(file))

            assert half < keys
            assert refused.returncode == 2
            assert "run `xinglin restore` again" in refused.stderr
            assert client.dbsize() == keys + 1  # and how many wait
            assert not client.exists("xl:restoring")
    finally:
        target.close()


def test_a_move_waits_for_those_who_serve(api: ApiHost, tmp_path: Path) -> None:
    stack = Stack(env(api), workers=1)
    product = {name: value for name, value in env(api).items() if name.startswith("XINGLIN_")}
    url = stack.env["XINGLIN_REDIS_URL"]
    try:
        began = time.monotonic()
        process = command(url, "backup", "--move", str(tmp_path / "b.zip"), **product)
        _, err = process.communicate(timeout=60)
        waited = time.monotonic() - began
        kept = run(url, "backup", str(tmp_path / "c.zip"), **product)
    finally:
        stack.close()

    assert process.returncode == 2
    assert waited > 10
    assert "still running: web" in err
    assert "还在运行" in err
    assert not (tmp_path / "b.zip").exists()
    assert "the service goes on here" in kept
