"""Redis behind Sentinels: the address, and a real failover on loopback."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis

from tests.conftest import redis_program
from tests.tools.ports import free_port
from xinglin.errors import SettingsError, StoreUnavailable, XinglinError
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.connection import connect, plain_url
from xinglin.store.sentinel import SentinelAddress

ROOT = Path(__file__).resolve().parents[3]


def test_an_address_says_who_to_ask_for_whom() -> None:
    url = "redis+sentinel://u:p%40ss@a:1,b,[::1]:3/xinglin/2?sentinel_password=s"

    address = SentinelAddress.parse(url)

    assert address.hosts == (("a", 1), ("b", 26379), ("::1", 3))
    assert (address.service, address.database) == ("xinglin", 2)
    assert (address.user, address.password, address.sentinel_password) == ("u", "p@ss", "s")
    assert "p@ss" not in repr(address)


@pytest.mark.parametrize(
    "url",
    [
        "redis+sentinel://a:1",
        "redis+sentinel:///xinglin",
        "redis+sentinel://a:port/xinglin",
        "redis+sentinel://a,,b/xinglin",
        "redis+sentinel://a/xinglin/one",
        "redis+sentinel://a/xinglin?passwort=canary",
        "redis+sentinel://u:canary@a:99999/x",
        "http://canary",
        "redis://h:canary/0",
    ],
)
def test_what_is_no_address_is_said_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError) as caught:
        connect(url)

    assert "XINGLIN_REDIS_URL" in str(caught.value)
    assert "canary" not in str(caught.value)


def test_a_plain_address_stays_as_it_is() -> None:
    assert plain_url("redis://h:1/0") == "redis://h:1/0"


def test_sentinels_that_are_away_are_redis_being_away() -> None:
    with pytest.raises(StoreUnavailable):
        plain_url("redis+sentinel://127.0.0.1:1/xinglin")
    store = Store.open(Settings(redis_url="redis+sentinel://127.0.0.1:1/xinglin"))
    with pytest.raises(StoreUnavailable):
        store.ping()
    store.close()


class Replicated:
    """A master, a replica and three Sentinels on loopback."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.master_port, self.replica_port = free_port(), free_port()
        self.sentinel_ports = [free_port() for _ in range(3)]
        self.master = self._redis(self.master_port)
        replica_of = ["--replicaof", "127.0.0.1", str(self.master_port)]
        self.others = [self._redis(self.replica_port, *replica_of)]
        self.others += [self._sentinel(port) for port in self.sentinel_ports]
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.sentinel_ports)
        self.url = f"redis+sentinel://{hosts}/xinglin/0"

    def _redis(self, port: int, *more: str) -> subprocess.Popen[bytes]:
        data = self.folder / str(port)
        data.mkdir()
        arguments = ["--port", str(port), "--bind", "127.0.0.1", "--dir", str(data), "--save", ""]
        return self._start([redis_program(), *arguments, "--appendonly", "yes", *more])

    def _sentinel(self, port: int) -> subprocess.Popen[bytes]:
        config = self.folder / f"sentinel-{port}.conf"
        sample = (ROOT / "deploy" / "redis" / "sentinel.conf").read_text()
        sample = sample.replace("port 26379", f"port {port}\nbind 127.0.0.1")
        sample = sample.replace("10.0.0.1 6379", f"127.0.0.1 {self.master_port}")
        config.write_text(sample)
        return self._start([redis_program(), str(config), "--sentinel"])

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        quiet = subprocess.DEVNULL
        return subprocess.Popen(command, stdout=quiet, stderr=quiet, cwd=self.folder)

    def close(self) -> None:
        for process in (self.master, *self.others):
            process.kill()
            process.wait()


@pytest.fixture
def replicated(tmp_path: Path) -> Iterator[Replicated]:
    servers = Replicated(tmp_path)
    yield servers
    servers.close()


def until(condition: Callable[[], bool], timeout_s: float = 60.0) -> None:
    deadline = time.monotonic() + timeout_s
    while True:
        try:
            if condition():
                return
        except XinglinError:
            pass
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


class Serving:
    """A store behind Sentinels, one follower, and workers that echo."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._log = url, folder / "worker.log"
        self.store = Store.open(Settings(redis_url=url))
        until(self.store.ping)
        self.user = self.store.user_key("o1")
        self.worker = self._start()

    def _start(self) -> subprocess.Popen[bytes]:
        env = {k: v for k, v in os.environ.items() if not k.startswith("XINGLIN_")}
        env |= {"XINGLIN_REDIS_URL": self._url, "XINGLIN_BACKEND": "echo"}
        command = [sys.executable, "-c", "from rq.cli import main; main()", "worker"]
        command += ["-w", "workers.worker.EngineWorker", "turns"]
        with self._log.open("ab") as log:
            return subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)

    def accept(self, message_id: str) -> None:
        self.store.inbox.accept(self.user, "o1", message_id, f"{message_id}的问题来了", wait_s=1)

    def answered(self, message_id: str) -> bool:
        reply = self.store.handoff.wait(self.user, message_id, 1)
        return reply is not None and reply.text == f"{message_id}的问题来了"

    def supervised(self, message_id: str) -> bool:
        """Ask, beside a supervisor that replaces the worker where it has ended."""
        if self.worker.poll() is not None:  # RQ ends when Redis goes away in the middle of a job
            self.worker = self._start()
        self.accept(message_id)
        return self.answered(message_id)

    def leave(self) -> int:
        """Tell the worker to end; return its status."""
        self.worker.terminate()
        return self.worker.wait(30)

    def close(self) -> None:
        self.worker.kill()
        self.worker.wait()
        self.store.close()


@pytest.fixture
def serving(replicated: Replicated, tmp_path: Path) -> Iterator[Serving]:
    found = Serving(replicated.url, tmp_path)
    yield found
    found.close()


@pytest.mark.slow
@pytest.mark.redis
def test_a_worker_behind_sentinels_leaves_cleanly_idle_and_at_work(serving: Serving) -> None:
    until(lambda: serving.supervised("m0"))

    began = time.monotonic()
    idle = serving.leave()
    idle_s = time.monotonic() - began
    until(lambda: serving.supervised("m1"))
    asked = [f"n{number}" for number in range(5)]  # as many as one follower may have waiting
    for message_id in asked:
        serving.accept(message_id)
    busy = serving.leave()
    until(lambda: serving.supervised("m2"))

    assert (idle, busy) == (0, 0)
    assert idle_s < 10
    questions = [turn.user[:2] for turn in serving.store.conversation.read(serving.user)]
    assert questions == ["m0", "m1", *asked, "m2"]


@pytest.mark.skipif(
    "RUN_FAILOVER" not in os.environ,
    reason="how long Sentinels take to elect has no bound; RUN_FAILOVER=1 runs it",
)
@pytest.mark.slow
@pytest.mark.redis
def test_web_and_worker_follow_the_master_and_a_worker_leaves_cleanly(
    replicated: Replicated, serving: Serving
) -> None:
    with Redis(port=replicated.master_port) as master:
        until(lambda: master.info("replication")["connected_slaves"] == 1)
        until(lambda: serving.supervised("m1"))
        assert master.wait(1, 10_000) == 1  # the replica has everything

    replicated.master.kill()
    until(lambda: serving.supervised("m2"))

    assert plain_url(replicated.url) == f"redis://127.0.0.1:{replicated.replica_port}/0"
    read = serving.store.conversation.read(serving.user)
    assert [turn.user[:2] for turn in read] == ["m1", "m2"]
    assert serving.leave() == 0
