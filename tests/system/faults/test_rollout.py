"""Models that nobody can read are announced, and hosts differ in what they have."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from redis import Redis

from tests.system.faults.conftest import Open, Record
from tests.system.faults.env import pusher
from tests.tools.wechat_simulator.stack import ROOT, Stack
from tests.waiting import until

HOSTILE = ("huge", "nan", "deep", "pipe", "zero", "readme", "missing")


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    for name in ("tcm", "second", *HOSTILE[:-1]):
        shutil.copytree(ROOT / "models" / "tcm", folder / name)
    fields = json.loads((folder / "tcm" / "config.json").read_text())
    (folder / "huge" / "config.json").write_text(json.dumps(fields | {"unsure_bits": 10**400}))
    (folder / "nan" / "config.json").write_text(json.dumps(fields | {"valid": {"a": float("nan")}}))
    (folder / "deep" / "config.json").write_bytes(b"[" * 900_000)
    (folder / "pipe" / "config.json").unlink()
    os.mkfifo(folder / "pipe" / "config.json")
    (folder / "zero" / "model.safetensors").unlink()
    (folder / "zero" / "model.safetensors").symlink_to("/dev/zero")
    (folder / "readme" / "README.md").unlink(missing_ok=True)
    (folder / "readme" / "README.md").symlink_to("/dev/zero")
    return folder


def real(models: Path) -> dict[str, str]:
    return {
        "XINGLIN_BACKEND": "auto", "XINGLIN_MODELS": str(models), "XINGLIN_DRAFTS": "1",
        "XINGLIN_REPLY_MAX_BYTES": "60",
    }  # fmt: skip


def problems(stack: Stack) -> list[str]:
    found: list[str] = requests.get(stack.base + "/readyz", timeout=5).json().get("problems", [])
    return found


def wanted(stack: Stack) -> object:
    return stack.admin("GET", "status")["wanted"]


def test_whatever_is_announced_the_old_model_serves_and_new_workers_start(
    open_stack: Open, models: Path, record: Record
) -> None:
    stack = open_stack(real(models), workers=1, wait_s=120)
    slowest = 0.0
    for name in HOSTILE:
        began = time.monotonic()
        found = stack.admin("POST", "reload", model=name, timeout_s=20)
        slowest = max(slowest, time.monotonic() - began)
        if name == "readme":  # a good model; its text is not
            assert found["ok"], found
            assert stack.admin("POST", "reload", model="tcm")["ok"]
            continue
        assert found["failed"], found
        assert found["withdrawn"], found
        assert len(str(found["failed"][0]["error"])) > 20
        assert stack.workers[0].poll() is None

    record(f"reload of {len(HOSTILE)} folders that are no models", f"each in {slowest:.1f} s")
    assert slowest < 10
    assert wanted(stack)["name"] == "tcm"
    new = stack.start_worker()
    stack.workers.append(new)
    until(lambda: len(stack.live_workers()) == 2, 60, "a new worker")
    assert pusher(stack).text("oA", "黄芪有什么功效？", "1").acknowledged
    assert problems(stack) == []


def test_an_announcement_that_nobody_answered_is_taken_back(open_stack: Open, models: Path) -> None:
    stack = open_stack(real(models), workers=1, wait_s=120)
    assert stack.admin("POST", "reload", model="tcm")["ok"]
    stack.workers[0].send_signal(signal.SIGSTOP)

    found = stack.admin("POST", "reload", model="second", timeout_s=1)
    stack.workers[0].send_signal(signal.SIGCONT)

    assert found["missing"]
    assert found["withdrawn"]
    assert wanted(stack)["name"] == "tcm"
    time.sleep(3)
    assert [worker["model"] for worker in stack.live_workers()] == ["tcm"]
    assert problems(stack) == []


def test_a_broken_announcement_in_redis_keeps_no_new_worker_from_starting(
    open_stack: Open, models: Path
) -> None:
    stack = open_stack(real(models), workers=1, wait_s=120)
    assert stack.admin("POST", "reload", model="second")["ok"]
    with Redis.from_url(stack.env["XINGLIN_REDIS_URL"]) as client:
        client.hset("xl:model:want", mapping={"gen": 99, "name": "huge"})

    stack.kill_worker(0)
    until(lambda: any(w["pid"] == stack.workers[0].pid for w in stack.live_workers()), 60, "it")

    (worker,) = (w for w in stack.live_workers() if w["pid"] == stack.workers[0].pid)
    assert worker["model"] == "second", "the one before, which all had taken"
    assert any("huge" in problem and "unsure_bits" in problem for problem in problems(stack))


def test_a_host_without_the_folder_is_named_everywhere(
    open_stack: Open, models: Path, tmp_path: Path, record: Record
) -> None:
    stack = open_stack(real(models), workers=1, wait_s=120)
    poor = tmp_path / "poor"
    shutil.copytree(models / "tcm", poor / "tcm")
    other = stack.start_worker(XINGLIN_MODELS=str(poor))
    stack.workers.append(other)
    until(lambda: len(stack.live_workers()) == 2, 60, "the second worker")
    (name,) = (str(w["name"]) for w in stack.live_workers() if w["pid"] == other.pid)

    found = stack.admin("POST", "reload", model="second")
    assert (len(found["ok"]), len(found["failed"])) == (1, 1)
    time.sleep(3)

    answer = requests.get(stack.base + "/readyz", timeout=5).json()
    assert (answer["state"], answer["ready"]) == ("degraded", True)
    for said in (answer["problems"], stack.admin("GET", "status")["problems"]):
        assert any(name in one and "second" in one and "no such folder" in one for one in said)
    overview = stack.admin("GET", "overview")
    assert any(name in str(one) for one in overview["problems"])
    for command in ("status", "check"):
        done = subprocess.run(
            [sys.executable, "-m", "bot.cli", command],
            cwd=ROOT, env=stack.env, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert name in done.stdout, command
        assert "refused the announced model second" in done.stdout, command
    lagging = requests.get(stack.base + "/metrics", timeout=5).text
    assert "xinglin_model_lagging 1" in lagging
    record(
        "one of two hosts lacks the announced model", "degraded, the worker named with its reason"
    )
