"""The command in this process, on the test's own Redis, and a web server on loopback."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from flask import Flask
from werkzeug.serving import make_server

from bot.cli import main


@dataclass(frozen=True)
class Ended:
    """Exit status and output of a command."""

    code: int
    out: str
    err: str


Command = Callable[..., Ended]


@pytest.fixture(autouse=True)
def _no_closed_streams() -> None:
    """Drop log handlers that write to a stream which an earlier test's capture has closed."""
    root = logging.getLogger()
    for handler in list(root.handlers):
        if getattr(getattr(handler, "stream", None), "closed", False):
            root.removeHandler(handler)


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs `xinglin` with these settings and no others."""

    def run(*arguments: str, **settings: str) -> Ended:
        for name in [name for name in os.environ if name.startswith("XINGLIN_")]:
            monkeypatch.delenv(name)
        for name, value in settings.items():
            monkeypatch.setenv(f"XINGLIN_{name.upper()}", value)
        code = main(arguments)
        shown = capsys.readouterr()
        assert "Traceback" not in shown.err
        return Ended(code, shown.out, shown.err)

    return run


@pytest.fixture
def xinglin(bare: Command, redis_url: str) -> Command:
    """Runs `xinglin` on an empty Redis."""

    def run(*arguments: str, **settings: str) -> Ended:
        return bare(*arguments, **({"redis_url": redis_url} | settings))

    return run


@pytest.fixture
def serve() -> Iterator[Callable[[Flask], str]]:
    """Serves apps on free loopback ports; returns their addresses."""
    running = []
    root = logging.getLogger()
    handlers = root.handlers[:]

    def start(app: Flask) -> str:
        root.handlers[:] = [logging.NullHandler()]  # the app logs to a stderr that pytest closes
        server = make_server("127.0.0.1", 0, app, threaded=True)
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        running.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()
    root.handlers[:] = handlers
