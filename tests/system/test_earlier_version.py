"""A service of version 0.1.0 and this one share a Redis: each answers the other's followers.

The earlier one is taken from the history of the checkout, as it was before its names changed, and
runs in processes that see nothing of this tree.
"""

from __future__ import annotations

import io
import json
import os
import site
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import until
from xinglin.store import Reply, Store

ROOT = Path(__file__).resolve().parents[2]
EARLIER = "484a8fca3c9e8333f47e16ec35dc04bf20bca9a6"
PARTS = ("accounts", "bot", "inference", "knowledge", "models/tcm", "workers", "xinglin")
pytestmark = [pytest.mark.redis, pytest.mark.slow]

# The path of the installed packages, but none of the hooks that lead imports to this tree.
_BEGIN = "import sys; sys.path[:0] = [sys.argv.pop(1), sys.argv.pop(1)]\n"
_OPEN = """
import json
from xinglin.settings import Settings
from xinglin.store import Reply, Store, Turn
store = Store.open(Settings(redis_url=sys.argv[1], wechat_token="token", lease_s=2.0))
user = store.user_key("oFollower")
"""
_ASK = """
state = store.inbox.accept(user, "oFollower", sys.argv[2], sys.argv[3], wait_s=20).state
reply = store.handoff.wait(user, sys.argv[2], 20)
told = {"state": state, "text": reply and reply.text, "counts": store.stats.snapshot()}
told["turns"] = [turn.assistant for turn in store.conversation.read(user)]
print(json.dumps(told), flush=True)
import os
os._exit(0)
"""
_ANSWER = """
claim = store.turns.take(user)
reply = Reply("旧答", True, "m", claim.message_id, claim.openid)
store.turns.commit(claim, reply, Turn(claim.text, "旧答", 1.0))
store.meter.count("dedupe_hits")
store.stats.count("refused_user_full")
store.meter.flush()
import os
os._exit(0)
"""
_WORKER = "from rq.cli import main; main()"

Run = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree of the earlier version."""
    command = ["git", "archive", EARLIER, *PARTS]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("the history of this checkout does not reach version 0.1.0")
    folder = tmp_path_factory.mktemp("earlier")
    with tarfile.open(fileobj=io.BytesIO(done.stdout)) as archive:
        archive.extractall(folder, filter="data")
    assert (folder / "xinglin" / "store" / "gate.py").exists()
    return folder


def command(earlier: Path, program: str, *arguments: str) -> list[str]:
    packages = site.getsitepackages()[0]
    return [sys.executable, "-S", "-c", _BEGIN + program, str(earlier), packages, *arguments]


def environment(url: str) -> dict[str, str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith("XINGLIN_")}
    env |= {"XINGLIN_REDIS_URL": url, "XINGLIN_BACKEND": "echo", "PYTHONPATH": ""}
    return env | {"XINGLIN_LEASE_S": "2"}


@pytest.fixture
def run(earlier: Path, redis_url: str) -> Run:
    """Runs a program of the earlier version; returns what it printed."""

    def run_it(program: str, *arguments: str) -> dict[str, Any]:
        done = subprocess.run(
            command(earlier, _OPEN + program, redis_url, *arguments),
            cwd=earlier, env=environment(redis_url), capture_output=True, text=True,
            timeout=60, check=True,
        )  # fmt: skip
        told: dict[str, Any] = json.loads(done.stdout or "{}")
        return told

    return run_it


@pytest.fixture
def start_worker(redis_url: str, tmp_path: Path) -> Iterator[Callable[[Path | None], None]]:
    """Starts a worker: of an earlier tree, or of this one."""
    running: list[subprocess.Popen[bytes]] = []
    arguments = ["worker", "-w", "workers.worker.EngineWorker", "turns"]

    def start(tree: Path | None) -> None:
        program = command(tree, _WORKER, *arguments) if tree else (
            [sys.executable, "-c", _WORKER, *arguments]
        )  # fmt: skip
        with (tmp_path / "worker.log").open("ab") as log:
            running.append(
                subprocess.Popen(
                    program, cwd=tree or ROOT, env=environment(redis_url), stdout=log, stderr=log
                )
            )

    yield start
    for process in running:
        process.kill()
        process.wait()


def until_alive(store: Store) -> None:
    until(store.models.workers, 60)


def test_an_earlier_worker_answers_what_this_web_side_took_in(
    store: Store, earlier: Path, start_worker: Callable[[Path | None], None]
) -> None:
    start_worker(earlier)
    until_alive(store)
    user = store.user_key("oFollower")

    store.inbox.accept(user, "oFollower", "m1", "今天的天气真不错，我们出去走走。", wait_s=20)
    reply = store.handoff.wait(user, "m1", 20)

    assert reply is not None
    assert "天气" in reply.text
    assert [turn.user for turn in store.conversation.read(user)] == [
        "今天的天气真不错，我们出去走走。"
    ]
    assert store.readings().count("turns") == 1


def test_this_worker_answers_what_an_earlier_web_side_took_in(
    store: Store, run: Run, start_worker: Callable[[Path | None], None]
) -> None:
    start_worker(None)
    until_alive(store)

    told = run(_ASK, "m1", "今天的天气真不错，我们出去走走。")

    assert told["state"] == "new"
    assert told["text"]
    assert told["counts"]["turns"] == 1
    assert len(told["turns"]) == 1


def test_turns_counters_and_conversations_pass_from_one_to_the_other(
    store: Store, run: Run
) -> None:
    user = store.user_key("oFollower")
    store.inbox.accept(user, "oFollower", "m1", "黄芪", wait_s=20)

    run(_ANSWER)
    reply = store.handoff.wait(user, "m1", 5)
    again = store.inbox.accept(user, "oFollower", "m1", "黄芪", wait_s=0)
    store.inbox.accept(user, "oFollower", "m2", "当归", wait_s=20)
    claim = store.turns.take(user)
    assert claim is not None
    store.turns.commit(claim, Reply("新答", True, "m", "m2", "oFollower"), None)
    store.metrics.count("inbox_rejected", "user_full")

    assert reply is not None
    assert reply.text == "旧答"
    assert again.state == "duplicate"
    assert [turn.assistant for turn in store.conversation.open(user, claim.history_rows)] == [
        "旧答"
    ]
    readings = store.readings()
    assert readings.count("inbox_rejected", "user_full") == 2
    assert readings.count("dedupe_hits") == 1
    assert readings.count("turns") == 2
    assert run(_ASK, "m2", "当归")["text"] == "新答", "the retry reached the earlier web side"
