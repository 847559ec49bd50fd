"""Start and memory of a worker, with an account's notes and without.

    python -m benchmarks.quality.answers

What is answered, and how fast, is measured by `python -m training evaluate --all`.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import tempfile
import time
from pathlib import Path

from tests.tools.wechat_simulator.stack import ROOT, Stack
from xinglin.settings import Settings
from xinglin.store import Store

_EVERYDAY = ROOT / "training" / "evaluation" / "questions" / "everyday.jsonl"
QUESTIONS = [json.loads(line)["question"] for line in _EVERYDAY.read_text("utf-8").splitlines()]


def worker_figures(account: str, starts: int) -> str:
    """Return what workers of an account take until they are ready, and after questions, a row."""
    env = {
        "XINGLIN_WECHAT_TOKEN": "answers",
        "XINGLIN_ADMIN_TOKEN": "answers-admin-token",
        "XINGLIN_BACKEND": "cpu",
        "XINGLIN_ACCOUNT": account,
        "XINGLIN_USER_RATE": "",
    }
    stack = Stack(env, workers=1, wait_s=180)
    store = Store.open(Settings(redis_url=stack.env["XINGLIN_REDIS_URL"]))
    try:
        stack.workers[0].terminate()
        stack.workers[0].wait(30)
        taken = [_started(stack, store) for _ in range(starts)]
        pid = stack.workers[0].pid
        for number, question in enumerate(QUESTIONS):
            key = store.user_key(f"o{number}")
            store.inbox.accept(key, f"o{number}", "m", question, wait_s=30)
            assert store.handoff.wait(key, "m", 30) is not None
        later = memory_mib(pid)
    finally:
        store.close()
        stack.close()
    wall, cpu, whole, own = (statistics.median(column) for column in zip(*taken, strict=True))
    return f"{wall:.2f} | {cpu:.2f} | {whole:.0f} ({own:.0f}) | {later[0]:.0f} ({later[1]:.0f})"


def _started(stack: Stack, store: Store) -> tuple[float, float, float, float]:
    """Start a worker; return wall and processor seconds until it is ready, and its memory then."""
    if stack.workers[0].poll() is None:
        stack.workers[0].terminate()
        stack.workers[0].wait(30)
    began = time.perf_counter()
    running = stack.workers[0] = stack.start_worker()
    while running.pid not in {one.pid for one in store.models.workers()}:
        time.sleep(0.005)
    wall = time.perf_counter() - began
    return wall, cpu_s(running.pid), *memory_mib(running.pid)


def memory_mib(pid: int) -> tuple[float, float]:
    """Return the resident memory of a process and its own part, which no file backs, in MiB."""
    status = Path(f"/proc/{pid}/status").read_text()
    rows = dict(re.findall(r"(VmRSS|RssAnon):\s+(\d+)", status))
    return int(rows["VmRSS"]) / 1024, int(rows["RssAnon"]) / 1024


def cpu_s(pid: int) -> float:
    """Return the processor seconds of a process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def compare_workers(starts: int) -> None:
    """Print what notes cost a worker."""
    print("| account | ready, s | processor, s | memory then (own), MiB | after questions, MiB |")
    print("| --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "account.toml").write_text('name = "nothing"', "utf-8")
        print(f"| without notes | {worker_figures(folder, starts)} |")
    print(f"| tcm | {worker_figures('tcm', starts)} |")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.quality.answers", description=__doc__
    )
    parser.add_argument("--starts", type=int, default=5)
    compare_workers(parser.parse_args().starts)


if __name__ == "__main__":
    main()
