"""`xinglin run` as a process: it serves, ends quickly and cleanly, and says why it cannot."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tools.ports import free_port

ROOT = Path(__file__).resolve().parents[3]
pytestmark = [pytest.mark.redis, pytest.mark.slow]


def start(redis_url: str, port: int) -> subprocess.Popen[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("XINGLIN_")}
    env |= {"XINGLIN_REDIS_URL": redis_url, "XINGLIN_WECHAT_TOKEN": "token"}
    command = [sys.executable, "-m", "bot.cli", "run", "--port", str(port)]
    return subprocess.Popen(command, cwd=ROOT, env=env, stderr=subprocess.PIPE, text=True)


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as found:
            return bool(found.status == 200)
    except OSError:
        return False


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_told_to_stop(redis_url: str, number: signal.Signals) -> None:
    port = free_port()
    web = start(redis_url, port)
    deadline = time.monotonic() + 60
    while not answers(port):
        assert web.poll() is None
        assert time.monotonic() < deadline, "it did not start in time"
        time.sleep(0.05)

    web.send_signal(number)
    _, said = web.communicate(timeout=20)

    assert web.returncode == 0
    assert "Traceback" not in said


def test_a_port_that_is_taken_is_said(redis_url: str, taken: int) -> None:
    web = start(redis_url, taken)

    _, said = web.communicate(timeout=60)

    assert web.returncode == 2
    assert f"xinglin: cannot listen on 127.0.0.1 port {taken}; choose another" in said
    assert "Traceback" not in said
