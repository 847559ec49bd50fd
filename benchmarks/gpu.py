"""Measure the GPU engine beside PyTorch on the same device, model and sizes.

    make bench-gpu    # or: python -m benchmarks.gpu --model models/tcm --batches 1 8 32

One stream and batches, with 64 bytes of context and with the context full; prints Markdown. Every
figure is the median of interleaved rounds. Without `--peers none` it needs PyTorch with CUDA.
"""

from __future__ import annotations

import argparse
import statistics
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference.automaton import Automaton
from inference.backends.base import Backend
from inference.backends.native_cuda import CudaBackend
from inference.card import ModelCard
from inference.checkpoint import Checkpoint
from inference.config import EngineConfig
from inference.sampling import SamplingConfig

FREE = Automaton("any", np.zeros((2, 256), np.uint8))
"""Allows every byte and never ends, so that every batch runs to its last byte."""

SEATS = 8
"""Streams of a block."""


@dataclass(frozen=True, slots=True)
class Figure:
    """What one batch came to.

    Attributes:
        decode: bytes a second, all streams together.
        prefill: prompt bytes a second, all streams together.
    """

    decode: float
    prefill: float


def ours(backend: Backend, batch: int, context: int, count: int, seed: int) -> Figure:
    """Let `batch` streams read `context` bytes and draw `count` each."""
    random = np.random.default_rng(seed)
    prompts = [random.integers(0, 256, context, np.uint8).tobytes() for _ in range(batch)]
    handles = [
        backend.submit(prompt, SamplingConfig(seed=i, max_bytes=count), FREE, None)
        for i, prompt in enumerate(prompts)
    ]
    done = [handle.wait(1 << 30, None) for handle in handles]
    # The first byte belongs to the prompt's time.
    decode_s = max(progress.decode_s for progress in done)
    prefill_s = max(progress.prefill_s for progress in done)
    return Figure(batch * (count - 1) / decode_s, batch * context / prefill_s)


def traffic(card: ModelCard, batch: int, context: int, processors: int) -> tuple[float, float]:
    """Return the bytes of weights (from the second-level cache) and of keys and values a step."""
    weights = card.layers * 11 * card.width**2 + 256 * card.width
    seats = min(SEATS, -(-batch // processors))
    blocks = -(-batch // seats)
    kept = card.layers * (2 * card.width + 8 * card.heads) * min(context, card.context)
    return float(blocks * weights), float(batch * kept)


def peers(names: list[str], checkpoint: Checkpoint, batch: int, context: int) -> dict[str, float]:
    """Return bytes a second of PyTorch's ways to decode the same sizes."""
    if not names:
        return {}
    from benchmarks.gpu_torch import measure

    return {name: measure(name, checkpoint.config, batch, context) for name in names}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the GPU engine beside PyTorch.")
    parser.add_argument("--model", type=Path, default=Path("models/tcm"))
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8, 32, 128, 512, 1024])
    parser.add_argument("--peers", nargs="*", default=["eager", "graphs"], help="'none' for none")
    parser.add_argument("--processors", type=int, default=132, help="multiprocessors of the GPU")
    parser.add_argument("--count", type=int, default=256, help="bytes that each stream draws")
    parser.add_argument("--rounds", type=int, default=3)
    args = parser.parse_args()
    names = [name for name in args.peers if name != "none"]
    checkpoint = Checkpoint.load(args.model)
    card = checkpoint.config
    config = EngineConfig(backend="cuda", max_batch=max(args.batches), cache_bytes=0)
    backend = CudaBackend.open(checkpoint, config)
    print(f"model {args.model}, {backend.name}, {args.processors} multiprocessors, int8\n")
    heads = ("batch", "context", "bytes/s", "µs a step", "weights GB/s", "keys+values GB/s")
    print("| " + " | ".join([*heads, "prefill bytes/s", *names, "times the best"]) + " |")
    print("| " + "---: | " * (len(heads) + 2 + len(names)))
    for batch in args.batches:
        for context in (64, card.context):
            found: list[Figure] = []
            others: list[dict[str, float]] = []
            ours(backend, batch, context, 32, seed=999)  # warm
            for number in range(args.rounds):
                found.append(ours(backend, batch, context, args.count, number))
                others.append(peers(names, checkpoint, batch, context))
            decode = statistics.median(figure.decode for figure in found)
            prefill = statistics.median(figure.prefill for figure in found)
            step_s = batch / decode
            weights, kept = traffic(card, batch, context, args.processors)
            theirs = [statistics.median(other[name] for other in others) for name in names]
            cells = [
                f"{batch}", f"{context}", f"{decode:,.0f}", f"{1e6 * step_s:,.1f}",
                f"{weights / step_s / 1e9:,.0f}", f"{kept / step_s / 1e9:,.0f}", f"{prefill:,.0f}",
                *(f"{value:,.0f}" for value in theirs),
                f"{decode / max(theirs):.1f}" if theirs else "",
            ]  # fmt: skip
            print("| " + " | ".join(cells) + " |", flush=True)
    backend.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
