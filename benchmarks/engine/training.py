"""Training in C++ beside PyTorch: steps a second of processor time, and what of them is products.

    python -m benchmarks.engine.training [--rounds N] [--length T] [--batch STEPS] [--out FILE]

All take the same steps of the same model on the same batches, in turning order within each round,
so that whatever else the machine does meets them alike; the table holds medians of processor time.
A step of the trunk is a pair of bytes: one character in UTF-16. The share is of what the products
of the same instruction set reach by themselves on matrices of these widths, measured in the same
run. Two threads are judged twice: by the clock, which is true on an idle machine only, and by the
processor time of the busier one.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.engine.machine import cpu_name
from benchmarks.engine.report import training_table
from training.batches import Batch
from training.core import Rates
from training.native import NativeCore, isa_names, product_rate
from training.shape import PairShape, initial_tensors, tensor_shapes
from training.torch.core import TorchCore

RATES = Rates(0.02, 0.01, 0.02)
SHAPE = PairShape(mixing=True)
NEWTON_STEPS = 5


class HalfTorchCore(TorchCore):
    """PyTorch with bfloat16 where its autocast takes it on a processor."""

    def _logits(self, forward: Any, data: torch.Tensor, reach: int | None) -> torch.Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return super()._logits(forward, data, reach)


def multiply_adds(shape: PairShape, steps: int, length: int) -> float:
    """Return the multiply-adds of the products in one step of the optimizer.

    Three for each weight and step of the trunk; six of attention's for each pair of steps that sees
    each other; five Newton-Schulz iterations, of whose symmetric products half counts.
    """
    width = shape.width
    read = sum(
        rows * columns
        for name, (rows, columns) in tensor_shapes(shape).items()
        if name.endswith((".u", ".o", ".x", "head"))
    )
    seen = (length + 1) / 2 * width * shape.layers
    newton = sum(
        0.5 * rows * width**2 + 0.5 * width**3 + rows * width**2
        for name, (rows, _) in tensor_shapes(shape).items()
        if name.endswith((".u", ".o", ".x"))
    )
    return steps * (3 * read + 6 * seen) + NEWTON_STEPS * newton


def text_batch(seed: int, windows: int, length: int) -> Batch:
    """Pairs that are drawn as a text's are, some far more often than others."""
    rng = np.random.default_rng(seed)
    pairs = (6000 * rng.random((windows, length + 1)) ** 3).astype(np.uint16) + 0x4E00
    data = pairs.astype(">u2").view(np.uint8).reshape(windows, -1)
    weights = np.ones((windows, 2 * length), np.float32)
    return Batch(data, weights, np.zeros(windows, np.bool_))


def contenders() -> dict[str, Callable[[], Any]]:
    """Return what is compared, by name; each is made when it is called."""
    start = initial_tensors(SHAPE, 1)
    found: dict[str, Callable[[], Any]] = {
        "PyTorch, float32": lambda: TorchCore(SHAPE, start, threads=1),
        "PyTorch, bfloat16 autocast": lambda: HalfTorchCore(SHAPE, start, threads=1),
    }
    for isa in isa_names():
        if isa != "portable":
            found[isa] = lambda isa=isa: NativeCore(SHAPE, start, isa=isa)
    found[f"{isa_names()[0]}, two threads"] = lambda: NativeCore(SHAPE, start, threads=2)
    return found


def measure(rounds: int, batch: int, length: int) -> dict[str, dict[str, float]]:
    """Return seconds of processor and of the clock a step, by contender."""
    cores = {name: make() for name, make in contenders().items()}
    for name, core in cores.items():
        print(f"warming up: {name}", file=sys.stderr)
        core.step(text_batch(0, batch // length, length), RATES)
    times: dict[str, list[tuple[float, ...]]] = {name: [] for name in cores}
    names = list(cores)
    for turn in range(rounds):
        shift = turn % len(names)
        for name in names[shift:] + names[:shift]:
            windows = text_batch(turn, batch // length, length)
            began = _clocks()
            cores[name].step(windows, RATES)
            times[name].append(tuple(b - a for a, b in zip(began, _clocks(), strict=True)))
        print(f"round {turn + 1} of {rounds}", file=sys.stderr)
    return {
        name: {
            "processor_s": statistics.median(each[0] for each in found),
            "busier_s": statistics.median(max(each[2], each[0] - each[2]) for each in found),
            "clock_s": min(each[1] for each in found),
        }
        for name, found in times.items()
    }


def _clocks() -> tuple[float, float, float]:
    """Return seconds of all threads, of the clock, and of this thread."""
    return time.process_time(), time.perf_counter(), time.thread_time()


def peaks() -> dict[str, float]:
    """Return what products alone reach, by instruction set, in multiply-adds a second."""
    width = SHAPE.width
    return {
        isa: statistics.median(
            product_rate(isa, 256, width, width * wide, 0.2) for wide in (1, 2, 4) for _ in range(3)
        )
        for isa in isa_names()
        if isa != "portable"
    }


def memory_mb(threads: int, batch: int, length: int) -> float:
    """Return the largest resident memory of a process that trains and holds no PyTorch."""
    code = (
        "from training.native import NativeCore\n"
        "from training.batches import Batch\nfrom training.core import Rates\n"
        "from training.shape import PairShape, initial_tensors\nimport numpy as np\n"
        "shape = PairShape(mixing=True)\n"
        f"core = NativeCore(shape, initial_tensors(shape, 1), threads={threads})\n"
        f"data = np.zeros(({batch // length}, {2 * (length + 1)}), np.uint8)\n"
        f"weights = np.ones((len(data), {2 * length}), np.float32)\n"
        "core.step(Batch(data, weights, np.zeros(len(data), np.bool_)), Rates(0.02, 0.01))\n"
        "print(open('/proc/self/status').read().split('VmHWM:')[1].split()[0])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return float(done.stdout) / 1024


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--length", type=int, default=256, help="steps of a window")
    parser.add_argument("--batch", type=int, default=4096, help="steps of the trunk a step")
    parser.add_argument("--out", type=Path, help="JSON file for all numbers")
    args = parser.parse_args()
    work = multiply_adds(SHAPE, args.batch, args.length)
    times = measure(args.rounds, args.batch, args.length)
    rates = peaks()
    memory = {n: memory_mb(n, args.batch, args.length) for n in (1, 2)}
    best = isa_names()[0]
    both = times[f"{best}, two threads"]
    found = {"times": times, "rates": rates, "memory_mb": memory, "multiply_adds": work}
    print(training_table(found, args.batch))
    print(
        f"\nTwo threads: {times[best]['processor_s'] / both['busier_s']:.2f} times as fast by the "
        f"busier one's processor time, {times[best]['clock_s'] / both['clock_s']:.2f} by the clock."
    )
    print("Memory: " + ", ".join(f"{mb:.0f} MB with {n} threads" for n, mb in memory.items()))
    print(f"Machine: {cpu_name()}; load average {os.getloadavg()[0]:.0f}")
    if args.out:
        args.out.write_text(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
