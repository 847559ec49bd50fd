"""Measure the GPU engine beside its peers on the same device, with the same model and sizes.

    make bench-gpu    # or: python -m benchmarks.gpu --model models/tcm --batches 1 8 --quick

One stream and batches, with 64 bytes of context and with the context full. Every figure is the
median of interleaved rounds; `gpu_ways.py` says who takes part, `gpu_graph/ceiling.py` what the
device could do at best. Ends with 2 where no GPU can be used.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.engine.machine import cpu_name
from benchmarks.gpu.graph import ceiling
from benchmarks.gpu.graph.small_kernels import build_library
from benchmarks.gpu.report import OURS, Report, Row, Sizes, block_count
from benchmarks.gpu.ways import NAMES, PEERS, Ours, Small, Torch, Way
from inference.backends.native import NativeModel
from inference.backends.native_cuda import CudaBackend, load_cuda
from inference.backends.native_library import Library
from inference.config import EngineConfig
from inference.errors import BackendError, EngineError
from inference.model.checkpoint import Checkpoint

Opener = Callable[[NDArray[np.uint8]], Way]
"""Prompts, (B, N), to a way that has read them or will."""


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gpu", description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/tcm"))
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8, 32, 128, 512, 1024])
    parser.add_argument("--contexts", type=int, nargs="+", help="default: 64 and full")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=PEERS)
    parser.add_argument("--count", type=int, default=128, help="bytes of each stream in a round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="two rounds")
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    return parser.parse_args()


def main() -> int:
    """Measure, print, write."""
    args = parse()
    checkpoint = Checkpoint.load(args.model)
    try:
        library = load_cuda()
        config = EngineConfig(backend="cuda", max_batch=max(args.batches), cache_bytes=0)
        backend = CudaBackend(checkpoint, config, library)
    except EngineError as error:
        print(f"the GPU benchmark cannot run here: {error}", file=sys.stderr)
        return 2
    openers, absent = prepare(checkpoint, library, args.peers, args.count)
    openers = {OURS: lambda prompts: Ours(backend, prompts)} | openers
    device, limit, unknown = limits(checkpoint, library, args.batches)
    report = Report(
        Sizes.of(checkpoint), {key: NAMES[key] for key in openers}, device, limit, absent | unknown
    )
    context = checkpoint.config.context
    lengths = args.contexts or sorted({min(64, context), context})
    print(f"{head(report, args.model)}\n", flush=True)
    for batch in args.batches:
        for length in lengths:
            rounds = 2 if args.quick else args.rounds
            report.rows.append(measure(openers, batch, length, args.count, rounds))
            write(args.out, report, args.model)  # a long run that is stopped leaves what it has
            print(f"batch {batch}, context {length}: measured", file=sys.stderr)
    backend.close()
    print(report.markdown())
    return 0


def prepare(
    checkpoint: Checkpoint, library: Library, names: Iterable[str], count: int
) -> tuple[dict[str, Opener], dict[str, str]]:
    """Return how to open each of the peers, and why the others are absent."""
    openers: dict[str, Opener] = {}
    absent: dict[str, str] = {}
    for name in names:
        try:
            if name == "small":
                openers[name] = _small(checkpoint, library)
            else:
                import torch

                if not torch.cuda.is_available():
                    raise BackendError(f"PyTorch {torch.__version__} finds no GPU it can use")
                openers[name] = _torch(checkpoint, count, compiled=name == "compiled")
        except (EngineError, ImportError) as error:
            absent[NAMES[name]] = str(error)
    return openers, absent


def _small(checkpoint: Checkpoint, library: Library) -> Opener:
    kernels = build_library(library.isa_names()[0])
    model = NativeModel(checkpoint, library=library)
    return lambda prompts: Small(kernels, model, checkpoint, prompts)


def _torch(checkpoint: Checkpoint, count: int, *, compiled: bool) -> Opener:
    return lambda prompts: Torch(checkpoint, prompts, count, compiled=compiled)


def limits(
    checkpoint: Checkpoint, library: Library, batches: Iterable[int]
) -> tuple[ceiling.Device | None, ceiling.Ceiling | None, dict[str, str]]:
    """Measure what the device could do at best; or say why not."""
    try:
        device, program = ceiling.find_device(library.isa_names()[0])
        blocks = [block_count(batch, device.processors) for batch in batches]
        reading = [1, *(min(count, device.processors) for count in blocks)]
        weights = Sizes.of(checkpoint).weights
        return device, ceiling.measure(program, weights, reading), {}
    except EngineError as error:
        return None, None, {"the ceiling": str(error)}


def measure(openers: dict[str, Opener], batch: int, context: int, count: int, rounds: int) -> Row:
    """Let everybody do the same, in turning order; who fails says why and is left out.

    Args:
        openers: by key, ours among them.
        batch: streams.
        context: bytes of each prompt.
        count: bytes that each stream makes in a round.
        rounds: how often, after one that is not counted.
    """
    random = np.random.default_rng(batch)
    prompts = random.integers(0, 256, (batch, context), np.uint8)
    row = Row(batch, context)
    ways: dict[str, Way] = {}
    for number in range(-1, rounds):
        order = list(openers) if number % 2 == 0 else list(reversed(openers))
        for key in order:
            if key in row.failed:
                continue
            try:
                if key not in ways:
                    ways[key] = openers[key](prompts)
                made = ways[key].round(count)
            except (EngineError, RuntimeError) as error:  # RuntimeError is all of PyTorch's
                row.failed[key] = (str(error).splitlines() or [type(error).__name__])[0][:200]
                ways.pop(key, None)
                continue
            if number < 0:
                continue
            row.rounds.setdefault(key, []).append(made.speed)
            if key == OURS:
                row.prompts.append(made.prompts)
                row.between.append(made.context)
    ways.clear()
    if "torch" in sys.modules:
        from benchmarks.gpu.torch_peer import forget

        forget()
    return row


def head(report: Report, model: Path) -> str:
    """Return what was measured where."""
    where = str(report.device) if report.device else "a GPU that could not be asked"
    lines = [f"{model}, {time.strftime('%Y-%m-%d')}; {where}; host {cpu_name()}."]
    lines.append("Ours has int8 weights, keys and values; so have the small kernels. ")
    lines[-1] += "PyTorch has bfloat16."
    if report.ceiling is not None:
        lines.append(str(report.ceiling))
    return "\n\n".join(lines)


def write(out: Path, report: Report, model: Path) -> None:
    """Write gpu.md and gpu.json into a folder, which is made when missing."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "gpu.md").write_text(f"{head(report, model)}\n\n{report.markdown()}\n", encoding="utf-8")
    versions = {"model": str(model), "date": time.strftime("%Y-%m-%d"), "host": cpu_name()}
    if "torch" in sys.modules:
        import torch

        versions["torch"] = torch.__version__
    whole = versions | report.json()
    text = json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
    (out / "gpu.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    raise SystemExit(main())
