"""`flask run` with nothing configured: everything starts, and nothing is left behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests

from tests.tools.ports import free_port
from tests.waiting import until

ROOT = Path(__file__).resolve().parents[2]
pytestmark = [pytest.mark.redis, pytest.mark.slow]


def processes_of(folder: Path) -> list[str]:
    """Lines of `ps` for all that runs for a folder: by its name, or noted in its state file."""
    shown = subprocess.run(["ps", "-ewwo", "pid,args"], capture_output=True, text=True, check=True)
    noted = folder / "noted"
    state = folder / "var" / "embedded" / "state.json"
    if state.exists():
        noted.write_text(" ".join(str(pid) for pid in json.loads(state.read_text())["pids"]))
    pids = set(noted.read_text().split()) if noted.exists() else set()
    rows = [line.strip() for line in shown.stdout.splitlines()]
    return [row for row in rows if str(folder) in row or row.split()[0] in pids]


def ready(port: int) -> bool:
    try:
        return requests.get(f"http://127.0.0.1:{port}/readyz", timeout=2).status_code == 200
    except requests.RequestException:
        return False


@pytest.fixture
def flask_run(tmp_path: Path) -> Iterator[Callable[[], tuple[subprocess.Popen[bytes], int]]]:
    running: list[subprocess.Popen[bytes]] = []

    def start() -> tuple[subprocess.Popen[bytes], int]:
        port = free_port()
        env = {k: v for k, v in os.environ.items() if not k.startswith("XINGLIN_")}
        env |= {"XINGLIN_VAR": str(tmp_path / "var"), "XINGLIN_BACKEND": "echo"}
        command = [sys.executable, "-m", "flask", "run", "--port", str(port)]
        with (tmp_path / "log").open("ab") as log:
            process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=log, stderr=log)
        running.append(process)
        return process, port

    yield start
    for process in running:
        if process.poll() is None:
            process.kill()
            process.wait()
    until(lambda: processes_of(tmp_path) == [])


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_all_that_was_started_ends_with_the_web_process(
    flask_run: Callable[[], tuple[subprocess.Popen[bytes], int]],
    tmp_path: Path,
    end: signal.Signals,
) -> None:
    web, port = flask_run()
    until(lambda: ready(port))
    assert processes_of(tmp_path) != []

    web.send_signal(end)
    web.wait(10)

    until(lambda: processes_of(tmp_path) == [], 15)


def test_a_second_web_process_shares_the_first_ones_server(
    flask_run: Callable[[], tuple[subprocess.Popen[bytes], int]], tmp_path: Path
) -> None:
    first, port = flask_run()
    until(lambda: ready(port))
    _, second_port = flask_run()
    until(lambda: ready(second_port))
    servers = [line for line in processes_of(tmp_path) if "redis-server" in line]

    first.kill()
    first.wait()
    time.sleep(1.5)

    assert len(servers) == 1
    assert ready(second_port)


def test_a_killed_supervisor_is_replaced_at_the_next_start(
    flask_run: Callable[[], tuple[subprocess.Popen[bytes], int]], tmp_path: Path
) -> None:
    web, port = flask_run()
    until(lambda: ready(port))
    for line in processes_of(tmp_path):
        if "xinglin.embedded.supervisor" in line:
            os.kill(int(line.split()[0]), signal.SIGKILL)
    web.kill()
    web.wait()

    _, port = flask_run()

    until(lambda: ready(port))
    assert len([line for line in processes_of(tmp_path) if "redis-server" in line]) == 1
