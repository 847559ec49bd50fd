"""The console on a test client, and the whole service as `flask run` starts it, with two models."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from flask.testing import FlaskClient

from tests.conftest import redis_program
from tests.tools.ports import free_port
from tests.waiting import until

ROOT = Path(__file__).parents[3]
BASE = "http://127.0.0.1"

Call = Callable[..., Any]


@pytest.fixture
def call(client: FlaskClient) -> Call:
    """Posts JSON to a page of the console, or gets it."""

    def one(path: str, **body: Any) -> Any:
        url = f"/console/{path}"
        return (
            client.post(url, base_url=BASE, json=body) if body else client.get(url, base_url=BASE)
        )

    return one


@dataclass
class RunningService:
    """`flask run` in a folder of its own."""

    url: str
    folder: Path
    environment: dict[str, str]

    def call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urlopen(
            Request(self.url + path, data, {"Content-Type": "application/json"})
        ) as answer:
            return json.loads(answer.read())

    def say(self, follower: str, text: str, message_id: str) -> str:
        composed = self.call(
            "/console/compose", {"follower": follower, "text": text, "message_id": message_id}
        )
        push = Request(self.url + composed["url"], composed["body"].encode())
        with urlopen(push, timeout=30) as answer:
            reply = answer.read().decode()
        found: str = self.call("/console/open", {"body": reply})["text"]
        return found

    def workers(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.call("/console/state")["workers"]
        return found


def answers(url: str) -> bool:
    try:
        with urlopen(f"{url}/console/state") as answer:
            return bool(json.loads(answer.read())["workers"])
    except URLError:
        return False


@contextmanager
def running(folder: Path, models: Path, **environment: str) -> Iterator[RunningService]:
    """Start `flask run` in a folder, and stop it."""
    port = free_port()
    around = {k: v for k, v in os.environ.items() if not k.startswith("XINGLIN_")}
    around |= {
        "XINGLIN_VAR": str(folder / "var"),
        "XINGLIN_MODELS": str(models),
        "XINGLIN_USER_RATE": "",
        "PATH": f"{Path(redis_program()).parent}{os.pathsep}{os.environ['PATH']}",
    } | environment
    command = [sys.executable, "-m", "flask", "run", "-p", str(port)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=around, stdout=log, stderr=log)
    found = RunningService(f"http://127.0.0.1:{port}", folder, around)
    try:
        until(lambda: answers(found.url) or process.poll() is not None)
        assert process.poll() is None, (folder / "log").read_text()
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningService]:
    folder = tmp_path_factory.mktemp("service")
    models = folder / "models"
    models.mkdir()
    for name in ("tcm", "other"):
        shutil.copytree(ROOT / "models" / "tcm", models / name)
    with running(folder, models) as found:
        yield found
