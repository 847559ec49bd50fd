"""Measure training on a GPU: eager, compiled, fused, and fused and compiled, against the limit.

    python -m benchmarks.gpu.training                    # models/tcm's sizes, on a GPU
    python -m benchmarks.gpu.training --device cpu --tiny    # does this code run? no figures

Each way is a `Trainer` of its own on the same random bytes: whole steps, with drawing of windows
and optimizers. Steps of all ways are taken in turns; a figure is the median over rounds. The limit
is what the step's products would take at the rate of one large product, measured before; attention
is counted where it looks. Without a GPU the kernels run in Triton's interpreter.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from training.data import Corpus
from training.schedule import TrainConfig
from training.shape import Shape, Tensors, WygptShape
from training.torch.core import TorchCore
from training.trainer import Task, Trainer

WAYS = ("eager", "compiled", "fused", "fused+compiled")
SHIPPED = WygptShape(192, 5, 4, 1024, (2, 3, 4, 6), 4781)
TINY = WygptShape(16, 1, 2, 32, (2, 3), 40)


def step_flops(shape: WygptShape, rows: int, length: int) -> float:
    """Return the operations that one step of `rows` windows needs, the optimizer's included.

    Two for each multiplication; three times the forward pass; attention to each visible byte.
    """
    e = shape.width
    matrices = shape.layers * 11 * e * e + 256 * e
    near = np.minimum(np.arange(1, length + 1), shape.context).sum()
    attention = shape.layers * 2 * 2 * e * float(near)
    forward = rows * (2.0 * matrices * length + attention)
    # Muon's five iterations: with the long side n, two products of e * e * n and one of e ** 3.
    sides = shape.layers * (4 + 1 + 2 * 2 + 2)
    muon = 5 * (4.0 * e * e * e * sides + 2.0 * e**3 * 6 * shape.layers)
    return 3 * forward + muon


def product_rate(device: str, size: int) -> float:
    """Return the operations a second of a large product, in the dtype that training multiplies."""
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    a, b = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    rates = []
    for _ in range(8):
        _wait(device)
        began = time.perf_counter()
        for _ in range(4):
            a @ b
        _wait(device)
        rates.append(4 * 2.0 * size**3 / (time.perf_counter() - began))
    return statistics.median(rates[2:])


def _wait(device: str) -> None:
    if device == "cuda":
        torch.cuda.synchronize()


def build(way: str, shape: WygptShape, batch: int, length: int, device: str, out: Path) -> Trainer:
    """Return a trainer that works in that way."""
    random = np.random.default_rng(1).integers(0, 256, 1 << 20, np.uint8)
    config = TrainConfig(
        bytes_budget=1 << 60, batch_bytes=batch, curriculum=((1.0, length),), shares={"a": 1.0},
    )  # fmt: skip

    def open_core(shape: Shape, tensors: Tensors) -> TorchCore:
        core = TorchCore(shape, tensors, device=device, compiled="compiled" in way, fused=False)
        if "fused" in way:
            core.model.fuse()  # also on a processor, where Triton's interpreter runs the kernels
        return core

    task = Task(shape, config, [Corpus("a", random, len(random) // 2)], [])
    return Trainer(out / way, task, open_core)


def measure(trainers: dict[str, Trainer], steps: int, rounds: int) -> dict[str, list[float]]:
    """Return the bytes a second of each way, one of each round."""
    found: dict[str, list[float]] = {way: [] for way in trainers}
    for number in range(rounds + 1):
        for way, trainer in trainers.items():
            seen, seconds = trainer.progress.bytes_seen, trainer.progress.seconds
            for _ in range(steps):
                trainer._timed_step()  # noqa: SLF001 - ends with the loss on the processor
            if number:  # the first round compiles
                gained = trainer.progress.bytes_seen - seen
                found[way].append(gained / (trainer.progress.seconds - seconds))
    return found


def report(args: argparse.Namespace, ways: Sequence[str], shape: WygptShape) -> None:
    """Measure every size and print a Markdown table."""
    rate = args.tflops * 1e12 or product_rate(args.device, 256 if args.tiny else 8192)
    print(f"{args.device}, {rate / 1e12:,.1f} TFLOP/s of one large product, medians\n")
    names = [f"{way} bytes/s" for way in ways] + [f"{way} / {ways[0]}" for way in ways[1:]]
    print("| batch | window | " + " | ".join([*names, "best, share of the limit"]) + " |")
    print("| " + "---: | " * (len(names) + 3))
    for batch in args.batch_bytes:
        for length in args.lengths:
            with tempfile.TemporaryDirectory() as folder:
                trainers = {
                    way: build(way, shape, batch, length, args.device, Path(folder)) for way in ways
                }
                found = measure(trainers, args.steps, args.rounds)
            middle = [statistics.median(found[way]) for way in ways]
            # Of one round each, since they were taken in turns.
            ratios = [
                statistics.median(a / b for a, b in zip(found[way], found[ways[0]], strict=True))
                for way in ways[1:]
            ]
            rows = max(1, batch // length)
            limit = rate * rows * length / step_flops(shape, rows, length)
            cells = [f"{value:,.0f}" for value in middle] + [f"{ratio:.2f}" for ratio in ratios]
            cells.append(f"{100 * max(middle) / limit:.2f} %")
            print(f"| {batch:,} | {length:,} | " + " | ".join(cells) + " |", flush=True)


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure training on a GPU against its limit.")
    parser.add_argument("--device", default="cuda", choices=["cuda", "cpu"])
    parser.add_argument("--tiny", action="store_true", help="a tiny model, to try this program")
    parser.add_argument("--ways", nargs="+", choices=WAYS, help="default: all; on cpu no compiler")
    parser.add_argument("--batch-bytes", type=int, nargs="+", help="bytes a step")
    parser.add_argument("--lengths", type=int, nargs="+", help="bytes a window")
    parser.add_argument("--steps", type=int, default=0, help="of each way a round")
    parser.add_argument("--rounds", type=int, default=0)
    parser.add_argument("--tflops", type=float, default=0.0, help="take this rate; 0: measure it")
    args = parser.parse_args()
    if args.device == "cuda" and not torch.cuda.is_available():
        parser.error("PyTorch finds no GPU; --device cpu --tiny tries this program without one")
    if args.device == "cpu":
        os.environ["TRITON_INTERPRET"] = "1"  # before Triton is imported
    small = args.tiny
    args.batch_bytes = args.batch_bytes or ([64] if small else [4096, 65_536, 262_144])
    args.lengths = args.lengths or ([32] if small else [256, 1024])
    args.steps = args.steps or (1 if small else 10)
    args.rounds = args.rounds or (2 if small else 7)
    ways = args.ways or (WAYS if args.device == "cuda" else ("eager", "fused"))
    report(args, ways, TINY if small else SHIPPED)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
