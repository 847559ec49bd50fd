"""Measure the engine on this machine: one stream, prefill, batches, time to first byte.

    make bench        # or: python -m benchmarks.engine --model tcm --isa avx2

Prints Markdown; every figure is the median of several interleaved rounds.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from inference.config import EngineConfig
from inference.engine import Engine
from inference.prompt import build_prompt
from inference.sampling import SamplingConfig

QUESTIONS = ("黄芪有什么功效？", "什么是阴阳？", "古人怎么论咳嗽？", "桂枝汤治什么？")


def cpu_name() -> str:
    """Return the processor's name and the features that matter here."""
    info = Path("/proc/cpuinfo")
    text = info.read_text() if info.exists() else ""
    name = next(
        (line.split(":")[1].strip() for line in text.splitlines() if "model name" in line), ""
    )
    flags = next((line for line in text.splitlines() if line.startswith("flags")), "")
    found = [flag for flag in ("avx2", "avx_vnni", "avx512_vnni") if flag in flags.split()]
    return f"{name or platform.processor()} ({', '.join(found)})"


class Bench:
    """One engine and the things measured on it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.codec = engine.checkpoint.config.codec
        self.context = engine.checkpoint.config.context
        self._seed = 0

    def reply_speed(self) -> dict[str, float]:
        """One user: bytes and characters a second while decoding, and ms to a whole reply."""
        prompt = build_prompt((), QUESTIONS[0], codec=self.codec, budget_bytes=256)
        began = time.perf_counter()
        done = self.engine.submit(prompt, self._sampling(400)).result()
        elapsed = time.perf_counter() - began
        return {
            "one stream, bytes/s": len(done.data) / done.decode_s,
            "one stream, characters/s": len(done.text) / done.decode_s,
            "reply, ms per 100 characters": 1e5 * elapsed / max(1, len(done.text)),
        }

    def full_context(self) -> dict[str, float]:
        """One user with the ring full: bytes a second."""
        prompt = self._filler(self.context)
        done = self.engine.submit(prompt, self._sampling(200, method="top-k")).result()
        return {"one stream at full context, bytes/s": len(done.data) / done.decode_s}

    def prefill(self) -> dict[str, float]:
        """A whole context of prompt: bytes a second, and ms to the first byte."""
        prompt = self._filler(self.context)
        done = self.engine.submit(prompt, self._sampling(8)).result()
        return {
            f"prefill of {self.context} bytes, bytes/s": self.context / done.prefill_s,
            f"first byte after {self.context} bytes, ms": 1000 * done.prefill_s,
        }

    def batch(self, size: int) -> dict[str, float]:
        """Many users at once, 16-byte prompts and up to 48 bytes each: bytes a second in all."""
        prompts = [self._filler(16 + number % 4 * 2) for number in range(size)]
        began = time.perf_counter()
        sequences = [
            self.engine.submit(prompt, self._sampling(48, method="top-k")) for prompt in prompts
        ]
        total = sum(len(sequence.result().data) for sequence in sequences)
        return {f"batch {size}, bytes/s": total / (time.perf_counter() - began)}

    def _sampling(self, max_bytes: int, method: str = "top-e") -> SamplingConfig:
        self._seed += 1
        return SamplingConfig(
            method=method, temperature=0.8, max_bytes=max_bytes, seed=self._seed, top_k=200
        )

    def _filler(self, length: int) -> bytes:
        text = "夫百病之生也，皆生于风寒暑湿燥火，以之化之变也。" * (length // 20 + 1)
        return text.encode(self.codec)[: length - length % 2]


def measure(bench: Bench, rounds: int) -> dict[str, float]:
    """Return the median of every figure over interleaved rounds."""
    parts: list[Callable[[], dict[str, float]]] = [
        bench.reply_speed,
        bench.full_context,
        bench.prefill,
        *(lambda size=size: bench.batch(size) for size in (8, 32)),
    ]
    values: dict[str, list[float]] = {}
    for _ in range(rounds):
        for part in parts:
            for name, value in part().items():
                values.setdefault(name, []).append(value)
    return {name: statistics.median(found) for name, found in values.items()}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the engine on this machine.")
    parser.add_argument("--model", type=Path, default=Path("models/tcm"))
    parser.add_argument("--backend", default="cpu")
    parser.add_argument("--isa", default="auto")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    began = time.perf_counter()
    config = EngineConfig(backend=args.backend, isa=args.isa, threads=args.threads, max_batch=64)
    with Engine.open(args.model, config) as engine:
        load_s = time.perf_counter() - began
        figures = measure(Bench(engine), args.rounds) | {"load, ms": 1000 * load_s}
        header = {"model": str(args.model), "backend": engine.backend, "cpu": cpu_name()}
    if args.json:
        print(json.dumps(header | figures, indent=2))
        return 0
    print("\n".join(f"{key}: {value}" for key, value in header.items()))
    print("\n| what | median |\n| --- | ---: |")
    print("\n".join(f"| {name} | {value:,.1f} |" for name, value in figures.items()))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
