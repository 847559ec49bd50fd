"""Starts the contestants and asks them in turn, so that a busy minute hits all alike."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from benchmarks.engine.shapes import Shape
from benchmarks.engine.tasks import Task

FOLDER = Path(__file__).with_name("peers")
ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 15.0
"""A task that took longer is not asked for again: one round of it has to do."""

OURS = "xinglin"
PEERS = ("ctranslate2", "llamacpp", "onnxruntime", "torch")


@dataclass(slots=True)
class Contestant:
    """One engine in its own process, with a model of one shape.

    Attributes:
        key: whose program it is.
        name: what it calls itself; its key when it is absent.
        absent: why it does not take part, or nothing.
        start_s: seconds from the start of its process to the first byte.
        load_s: of these, from opening the model on.
        memory: bytes after the first byte, its share of what is shared.
        results: for each task the rounds: bytes a second of processor time and of wall time.
        seconds: for each task the rounds' wall time.
        slow: tasks that are not asked for again.
        failed: why a task was not possible.
    """

    key: str
    process: subprocess.Popen[str]
    log: IO[str]
    name: str = ""
    absent: str = ""
    start_s: float = 0.0
    load_s: float = 0.0
    memory: int = 0
    results: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)
    slow: set[str] = field(default_factory=set)
    failed: dict[str, str] = field(default_factory=dict)

    @classmethod
    def start(cls, key: str, python: str, shape: Shape, isa: str) -> Contestant:
        """Start it and wait for its first byte."""
        sizes = (shape.width, shape.layers, shape.heads, shape.context, shape.ffn)
        arguments = [*map(str, sizes), str(shape.folder), isa, "int8"]
        begun = time.perf_counter()
        log = tempfile.TemporaryFile("w+")  # noqa: SIM115 - as long as the process
        process = subprocess.Popen(
            [python, "-W", "ignore", str(FOLDER / f"{key}_engine.py"), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"},
        )
        contestant = cls(key, process, log, name=key)
        assert process.stdout is not None
        line = process.stdout.readline()
        contestant.start_s = time.perf_counter() - begun
        if not line:
            contestant.absent = _last_line(contestant)
            return contestant
        said = json.loads(line)
        if "absent" in said:
            contestant.absent = said["absent"]
            return contestant
        contestant.name, contestant.load_s = said["name"], said["load_s"]
        contestant.memory = said["rss"]
        return contestant

    def ask(self, task: Task) -> None:
        """Let it do a task once."""
        if self.absent or task.name in self.failed or task.name in self.slow:
            return
        begun = time.perf_counter()
        asked = {
            "count": task.count,
            "prompt": task.prompt,
            "make": task.make,
            "counts": task.counts,
        }
        assert self.process.stdin is not None and self.process.stdout is not None
        try:
            self.process.stdin.write(json.dumps(asked) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self.absent = f"ended during {task.name}: {_last_line(self)}"
            return
        if time.perf_counter() - begun > PATIENCE_S:
            self.slow.add(task.name)
        said = json.loads(line)
        if "cannot" in said:
            self.failed[task.name] = said["cannot"]
            return
        if min(said["cpu_s"], said["wall_s"]) <= 0:
            return
        speeds = (said["bytes"] / said["cpu_s"], said["bytes"] / said["wall_s"])
        self.results.setdefault(task.name, []).append(speeds)
        self.seconds.setdefault(task.name, []).append(said["wall_s"])

    def speed(self, task: str) -> float | None:
        """Return the median of bytes a second of processor time."""
        found = self.results.get(task)
        return statistics.median(speed for speed, _ in found) if found else None

    def wall_speed(self, task: str) -> float | None:
        """Return the best round's bytes a second of wall time: what an idle machine would give."""
        found = self.results.get(task)
        return max(speed for _, speed in found) if found else None

    def close(self) -> None:
        """End the process."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.log.close()

    def report(self) -> dict[str, Any]:
        """Return everything as JSON has it."""
        return {
            "name": self.name,
            "absent": self.absent,
            "start_s": self.start_s,
            "load_s": self.load_s,
            "memory": self.memory,
            "bytes_per_cpu_second": {name: self.speed(name) for name in self.results},
            "bytes_per_second_best": {name: self.wall_speed(name) for name in self.results},
            "rounds": self.results,
            "failed": self.failed,
        }


def hold(
    shape: Shape, contestants: Iterable[tuple[str, str]], tasks: list[Task], rounds: int, isa: str
) -> list[Contestant]:
    """Measure all contestants, (key, interpreter) each, on one shape."""
    running = [Contestant.start(key, python, shape, isa) for key, python in contestants]
    try:
        for number in range(rounds):
            for task in tasks:
                for contestant in running if number % 2 == 0 else reversed(running):
                    contestant.ask(task)
                print(f"{shape.name}, round {number + 1}: {task.name}", file=sys.stderr)
    finally:
        for contestant in running:
            contestant.close()
    return running


def _last_line(contestant: Contestant) -> str:
    """Return what a contestant that ended said last."""
    code = contestant.process.wait()
    contestant.log.seek(0)
    said = contestant.log.read().strip().splitlines()
    return said[-1][:200] if said else f"it ended with code {code}"
