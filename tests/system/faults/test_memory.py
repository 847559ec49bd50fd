"""The engine of a worker runs out of memory."""

from __future__ import annotations

import resource
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from tests import shipped as texts
from tests.system.faults.conftest import Open, Record
from tests.system.faults.env import pusher
from tests.tools.wechat_simulator.stack import Stack
from tests.waiting import until

REAL = {"XINGLIN_BACKEND": "auto", "XINGLIN_WECHAT_ACCOUNT": "personal"}


def starve(pid: int) -> None:
    """Let a process have no more address space than it has."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (size,) = (line.split()[1] for line in lines if line.startswith("VmSize"))
    resource.prlimit(pid, resource.RLIMIT_AS, (1024 * int(size), resource.RLIM_INFINITY))


def feed(pid: int) -> None:
    resource.prlimit(pid, resource.RLIMIT_AS, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def ask(stack: Stack, first: int, count: int) -> list[str]:
    push = pusher(stack)

    def one(number: int) -> str:
        # Small talk, since only that needs the engine: what stands in the notes is copied.
        found = push.text(f"o{number}", f"外面下大雨了{number}", f"m{number}", labelled=False)
        assert found.shown is not None, found
        return found.shown.text

    with ThreadPoolExecutor(12) as pool:
        return list(pool.map(one, range(first, first + count)))


def is_answer(text: str) -> bool:
    return text.endswith(texts.AI_LABEL)


def state(stack: Stack) -> tuple[int, dict[str, object]]:
    answer = requests.get(stack.base + "/readyz", timeout=5)
    return answer.status_code, answer.json()


@pytest.fixture(scope="module")
def stack(open_shared: Open) -> Stack:
    """Serves with the model; whoever starves its worker feeds it again."""
    return open_shared(REAL, workers=1, wait_s=120)


def test_a_starved_engine_is_shown_and_nobody_is_told_to_ask_otherwise(
    stack: Stack, record: Record
) -> None:
    pid = stack.workers[0].pid
    assert is_answer(ask(stack, 0, 1)[0])

    starve(pid)
    answers = ask(stack, 1, 24)
    until(lambda: "engine failed" in str(state(stack)[1].get("problems")), 10, "the problem")
    code, said = state(stack)
    noted = pusher(stack).text("oNoted", "黄芪有什么功效", "m900", labelled=False)
    feed(pid)

    assert noted.shown is not None
    assert "补气" in noted.shown.text, "the notes need no engine"
    answered = [answer for answer in answers if is_answer(answer)]
    assert set(answers) - set(answered) <= {texts.BUSY, texts.LATE}, "the message is not to blame"
    assert len(answered) < len(answers)
    assert said["state"] in ("down", "degraded")
    assert answered or code == 503
    time.sleep(1)
    assert all(map(is_answer, ask(stack, 100, 4)))
    until(lambda: state(stack)[0] == 200, 10, "ready again")
    assert stack.workers[0].poll() is None
    record("no memory in the engine", f"all {len(answers)} told so, /readyz {code}, then ready")


def test_what_failed_for_a_moment_is_tried_again(stack: Stack) -> None:
    pid = stack.workers[0].pid
    ask(stack, 200, 1)

    starve(pid)
    with ThreadPoolExecutor(1) as pool:
        answers = pool.submit(ask, stack, 201, 8)
        time.sleep(0.7)
        feed(pid)
        found = answers.result()

    # On a busy machine some come behind the tap link; an apology would mean that it was given up.
    assert all(is_answer(answer) or "msgmenucontent" in answer for answer in found), found
