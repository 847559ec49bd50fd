"""The fault suite: short in `make test`, long in `make faults`, which prints what it saw."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.system.faults.env import AES_KEY, env
from tests.system.faults.onlooker import serving
from tests.tools.wechat_simulator.api_host import ApiHost
from tests.tools.wechat_simulator.stack import Stack

ROWS: list[tuple[str, str, str]] = []
LONG_S = float(os.environ.get("FAULT_SECONDS", "0"))

Open = Callable[..., Stack]
Record = Callable[[str, str], None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here not in item.path.parents:
            continue
        item.add_marker(pytest.mark.redis)
        item.add_marker(pytest.mark.slow)
        if item.get_closest_marker("faults") and not LONG_S:
            item.add_marker(pytest.mark.skip(reason="make faults runs it"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if not ROWS:
        return
    terminalreporter.section("what followers got")
    lines = ["| what was broken | what followers got | wall |", "| --- | --- | --- |"]
    lines += [f"| {fault} | {got} | {wall} |" for fault, got, wall in ROWS]
    for line in lines:
        terminalreporter.write_line(line)
    if target := os.environ.get("FAULT_REPORT"):
        Path(target).write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.fixture
def seconds() -> float:
    """Seconds for which followers write while things break."""
    return LONG_S or 5.0


@pytest.fixture
def record() -> Record:
    """Takes (what was broken, what followers got) into the table at the end."""
    began = time.monotonic()

    def note(fault: str, got: str) -> None:
        ROWS.append((fault, got, f"{time.monotonic() - began:.0f} s"))

    return note


@contextmanager
def opening(api: ApiHost, session: pytest.Session) -> Iterator[Open]:
    """Start stacks with the echo engine, and stop them; print what they said when a test failed."""
    stacks: list[Stack] = []
    failed = session.testsfailed

    def open_one(more: dict[str, str] | None = None, **options: object) -> Stack:
        stacks.append(Stack(env(api, **(more or {})), **options))
        return stacks[-1]

    try:
        yield open_one
    finally:
        for stack in stacks:
            if session.testsfailed > failed:
                print(stack.log()[-6000:])
            stack.close()


@pytest.fixture
def api() -> Iterator[ApiHost]:
    host = ApiHost("wxfault", "faultsecret")
    yield host
    host.close()


@pytest.fixture
def open_stack(api: ApiHost, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Starts stacks for one test."""
    with opening(api, request.session) as open_one:
        yield open_one


@pytest.fixture(scope="module")
def shared_api() -> Iterator[ApiHost]:
    host = ApiHost("wxfault", "faultsecret")
    yield host
    host.close()


@pytest.fixture(scope="module")
def open_shared(shared_api: ApiHost, request: pytest.FixtureRequest) -> Iterator[Open]:
    """Starts stacks for all tests of a file: those that break nothing which the next one needs."""
    with opening(shared_api, request.session) as open_one:
        yield open_one


@pytest.fixture(scope="module")
def safe() -> Iterator[Stack]:
    with serving(XINGLIN_WECHAT_AES_KEY=AES_KEY) as stack:
        yield stack


@pytest.fixture(scope="module")
def compatible() -> Iterator[Stack]:
    with serving(
        XINGLIN_WECHAT_AES_KEY=AES_KEY,
        XINGLIN_WECHAT_MODE="compatible",
        XINGLIN_CONSOLE_PUBLIC="1",
        XINGLIN_USER_RATE="",
    ) as stack:
        yield stack


@pytest.fixture(scope="module")
def plain() -> Iterator[Stack]:
    with serving(XINGLIN_CONSOLE="1") as stack:
        yield stack
