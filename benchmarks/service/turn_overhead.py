"""What a reply costs besides the kernels: Python, waiting, the start and memory of a worker.

    python -m benchmarks.service.turn_overhead [--model models/tcm] [--turns 200] [--starts 5]

The engine's figures are taken in this process, the worker's from a real worker on a real Redis.
Processor time is counted apart from wall time, so that a busy machine does not spoil it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.service.followers import settings
from benchmarks.service.load import UNLIMITED
from inference.engine import Engine, EngineConfig, SamplingConfig
from inference.prompt import build_prompt
from tests.tools.wechat_simulator.api_host import ApiHost
from tests.tools.wechat_simulator.crowd import TOPICS
from tests.tools.wechat_simulator.stack import Stack, pss_mib
from xinglin.settings import Settings
from xinglin.store import Store

HISTORY_CHARACTERS, REPLY_CHARACTERS = 200, 100
TICK_S = os.sysconf("SC_CLK_TCK")


def microseconds(values: list[float]) -> str:
    """Return median and 95th percentile."""
    cuts = statistics.quantiles(values, n=20, method="inclusive")
    return f"{1e6 * cuts[9]:.0f} (p95 {1e6 * cuts[18]:.0f})"


def python_of_turns(engine: Engine, turns: int) -> list[tuple[str, str]]:
    """Measure what a turn costs its caller, and how late the first byte is beyond reading."""
    own, first = [], []
    codec = engine.checkpoint.codec
    for number in range(turns):
        question = f"{TOPICS[number % len(TOPICS)]}，请讲讲第{number}点"
        sampling = SamplingConfig(seed=number, max_bytes=60)
        prompt = build_prompt([], question, codec=codec, budget_bytes=400)
        cpu = time.thread_time()
        engine.submit(prompt, sampling).result()
        own.append(time.thread_time() - cpu)
        engine.clear_prefix_cache()
        began = time.perf_counter()
        sequence = engine.submit(prompt, sampling)
        next(sequence.stream())
        waited = time.perf_counter() - began
        first.append(waited - sequence.result().prefill_s)
    return [
        ("Python's processor time of `submit` and `result`, µs", microseconds(own)),
        (
            "from `submit` to the first character, without reading the prompt, µs",
            microseconds(first),
        ),
    ]


def whole_reply(engine: Engine, rounds: int) -> str:
    """Time a reply of 100 characters to a history of 200, nothing of it read before."""
    codec = engine.checkpoint.codec
    history = "气血阴阳" * (HISTORY_CHARACTERS // 4)
    longest = len(("气" * REPLY_CHARACTERS).encode(codec))
    taken = []
    for number in range(rounds):
        prompt = build_prompt(
            [(history[:100], history[100:])], "还有呢？", codec=codec, budget_bytes=1000
        )
        engine.clear_prefix_cache()
        # Documents have no end to draw: the reply is as long as it may be.
        sampling = SamplingConfig(seed=number, max_bytes=longest)
        began = time.perf_counter()
        done = engine.submit(prompt[:-1], sampling).result()
        taken.append((time.perf_counter() - began) * longest / max(1, len(done.data)))
    return f"{1000 * statistics.median(taken):.0f}"


def lock_held(engine: Engine, seconds: float = 1.0) -> str:
    """Count how much slower another thread's Python runs while the engine decodes."""

    def counted() -> float:
        cpu, until, number = time.thread_time(), time.perf_counter() + seconds / 5, 0
        while time.perf_counter() < until:
            number += 1
        return number / max(1e-9, time.thread_time() - cpu)

    ratios = []
    sampling = SamplingConfig(max_bytes=4000)
    for _ in range(5):
        alone = counted()
        sequence = engine.submit("\x02人参".encode(engine.checkpoint.codec), sampling)
        waiting = threading.Thread(target=sequence.result)
        waiting.start()
        beside = counted()
        sequence.cancel()
        waiting.join()
        ratios.append(beside / alone)
    return f"{statistics.median(ratios):.2f}"


def thread_cpu_s(pid: int) -> dict[str, float]:
    """Return the processor seconds of each thread of a process."""
    found = {}
    for task in Path(f"/proc/{pid}/task").iterdir():
        fields = (task / "stat").read_text().rpartition(") ")[2].split()
        found[task.name] = (int(fields[11]) + int(fields[12])) / TICK_S
    return found


def worker_figures(model: str, turns: int, starts: int) -> list[tuple[str, str]]:
    """Start workers under a waiting message; let one answer many; return rows."""
    api = ApiHost(quotas=False)
    stack = Stack(settings(api, "") | UNLIMITED | {"XINGLIN_MODEL": model}, workers=1, wait_s=60)
    stack.workers[0].terminate()
    stack.workers[0].wait(30)
    store = Store.open(Settings(redis_url=stack.env["XINGLIN_REDIS_URL"]))

    def ask(user: str, number: str) -> None:
        key = store.user_key(user)
        store.inbox.accept(
            key, user, number, f"{TOPICS[len(number) % len(TOPICS)]}，请讲讲", wait_s=30
        )
        assert store.handoff.wait(key, number, 30) is not None
        store.handoff.delivered(key, number)

    try:
        begun = [_started(stack, ask, number) for number in range(starts)]
        worker = stack.start_worker()
        ask("oFirst", "first")
        fresh, before = pss_mib(worker.pid), thread_cpu_s(worker.pid)
        for number in range(turns):
            ask(f"oTurn{number % 20}", f"{number}")
        used = thread_cpu_s(worker.pid)
        spent = {name: cpu - before.get(name, 0.0) for name, cpu in used.items()}
        kernels = max(spent.values())
        rest = sum(spent.values()) - kernels
        memory = pss_mib(worker.pid)
        worker.terminate()
        worker.wait(30)
    finally:
        store.close()
        stack.close()
        api.close()
    return [
        ("worker process started to first reply, s", f"{statistics.median(begun):.2f}"),
        ("worker's processor time a reply (three drafts): kernels + all else, ms",
         f"{1000 * kernels / turns:.1f} + {1000 * rest / turns:.1f}"),
        (f"worker's memory after its first reply, and after {turns} of 20 followers, MiB",
         f"{fresh:.0f}, {memory:.0f}"),
    ]  # fmt: skip


def _started(stack: Stack, ask: Callable[[str, str], None], number: int) -> float:
    began = time.perf_counter()
    worker = stack.start_worker()
    ask("oStart", f"start{number}")
    took = time.perf_counter() - began
    worker.terminate()
    worker.wait(30)
    return took


def opened_in_s(model: Path) -> str:
    """Time a new interpreter that imports the engine, opens a model and makes one byte."""
    code = (
        "import sys; from pathlib import Path; from inference.engine import *\n"
        "with Engine.open(Path(sys.argv[1]), EngineConfig()) as engine:\n"
        "    engine.submit(b'a', SamplingConfig(max_bytes=1)).result()\n"
    )
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        subprocess.run([sys.executable, "-c", code, str(model)], check=True)
        taken.append(time.perf_counter() - began)
    return f"{statistics.median(taken):.2f}"


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.service.turn_overhead")
    parser.add_argument("--model", type=Path, default=Path("models/tcm"))
    parser.add_argument("--turns", type=int, default=200)
    parser.add_argument("--starts", type=int, default=5)
    args = parser.parse_args()
    print("| what | |\n| --- | ---: |")
    with Engine.open(args.model, EngineConfig()) as engine:
        rows = python_of_turns(engine, args.turns)
        rows.append((
            f"a reply of {REPLY_CHARACTERS} characters to {HISTORY_CHARACTERS} of history, ms",
            whole_reply(engine, 21),
        ))  # fmt: skip
        rows.append(
            ("another thread's Python beside decoding, of its speed alone", lock_held(engine))
        )
    rows.append(("interpreter started to first byte of the engine, s", opened_in_s(args.model)))
    rows += worker_figures(args.model.name, args.turns, args.starts)
    for name, value in rows:
        print(f"| {name} | {value} |")


if __name__ == "__main__":
    main()
