"""Fixtures of all tests: a private real Redis, settings, and a store."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import hypothesis
import pytest
from redis import Redis
from redis.exceptions import RedisError

from tests.skips import Skips
from xinglin.settings import Settings
from xinglin.store import Store, keys

# An example may be slow on a busy machine; only hanging is wrong, and pytest-timeout sees that. Where
# CI is set examples are the same in every run, so that a change and its result belong together;
# elsewhere each run tries others. `--hypothesis-profile=many` looks longer.
_plain = hypothesis.settings.get_profile("default")
hypothesis.settings.register_profile("random", _plain, deadline=None)
hypothesis.settings.register_profile("ci", _plain, deadline=None, derandomize=True, database=None)
hypothesis.settings.register_profile("many", _plain, deadline=None, max_examples=5000)
CI = os.environ.get("CI", "") not in ("", "0", "false")
hypothesis.settings.load_profile("ci" if CI else "random")

# What tests/tools/install.sh brought.
TOOLS = Path(__file__).resolve().parents[1] / "build" / "tools" / "bin"
os.environ["PATH"] += f"{os.pathsep}{TOOLS}"

# Several processes of tests share the processor; PyTorch would take all of it for each.
if processes := os.environ.get("PYTEST_XDIST_WORKER_COUNT"):
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // int(processes))))

# A shell's background jobs ignore Ctrl-C, and so would every process that a test starts and stops.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(Skips(strict=CI), "skips")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Spread the tests over processes as tests/spread.py says; it needs pytest-xdist."""
    from tests.spread import ByFile

    return ByFile(config, log)


def redis_program() -> str:
    beside = Path(sys.executable).with_name("redis-server")
    found = shutil.which("redis-server") or shutil.which("valkey-server") or str(beside)
    assert Path(found).exists(), "the tests need redis-server; `make test` installs one"
    return found


class RealRedis:
    """A Redis server of our own, which can be killed and started again on its data."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="xl-"))
        self.url = f"unix://{self.folder}/redis.sock?db=0"
        self.start()

    def start(self) -> None:
        arguments = ["--port", "0", "--unixsocket", f"{self.folder}/redis.sock", "--save", ""]
        self.process = subprocess.Popen(
            [redis_program(), *arguments, "--appendonly", "yes", "--dir", str(self.folder)],
            stdout=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + 15
        with Redis.from_url(self.url) as client:
            while True:
                try:
                    client.ping()
                    return
                except Exception:
                    assert time.monotonic() < deadline, "redis-server did not start"
                    time.sleep(0.02)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        self.process.terminate()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:  # it does not end while it begins a log anew
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def close_store(store: Store) -> None:
    """Close a store without waiting until its reader of replies looks up, which takes a second."""
    store.handoff._closed = True
    if store.handoff._reader is not None:
        with contextlib.suppress(RedisError):
            store.redis.rpush(keys.wake(str(store.handoff._process)), "closed")
    store.close()


@pytest.fixture(scope="session")
def shared_redis() -> Iterator[RealRedis]:
    server = RealRedis()
    yield server
    server.close()


@pytest.fixture
def redis_url(shared_redis: RealRedis) -> str:
    """The address of an empty Redis."""
    with Redis.from_url(shared_redis.url) as client:
        client.flushall()
    return shared_redis.url


@pytest.fixture
def settings(redis_url: str) -> Settings:
    return Settings(redis_url=redis_url, wechat_token="token", lease_s=1.0)


@pytest.fixture
def open_store(settings: Settings) -> Iterator[Callable[..., Store]]:
    """Opens stores, each like a process of its own, and closes them."""
    stores: list[Store] = []

    def open_one(changed: Settings | None = None) -> Store:
        stores.append(Store.open(changed or settings))
        return stores[-1]

    yield open_one
    for store in stores:
        close_store(store)


@pytest.fixture
def store(open_store: Callable[..., Store]) -> Store:
    return open_store()
