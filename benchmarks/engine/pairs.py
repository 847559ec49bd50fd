"""Characters a second of a model that reads pairs, beside a model on disk, in one interleaved run.

    python -m benchmarks.engine.pairs --rounds 7

Both write two bytes a character: the one on disk in gb18030, the pairs, of random weights, in
UTF-16. Processor time of one thread; the ratio is of medians.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.engine.contest import OURS, Contestant
from benchmarks.engine.machine import cpu_name
from benchmarks.engine.report import pairs_table
from benchmarks.engine.shapes import Shape, shape_of
from benchmarks.engine.tasks import Task
from inference.model.checkpoint import write_checkpoint
from inference.model.config import mixing_shapes, ngram_shapes, second_shapes, wygpt_shapes

SHAPE: Final = Shape("pairs", 192, 5, 4, 512)
ORDERS: Final = (1, 2, 3)
ROWS: Final = (6144, 4096, 3072)
BYTES_A_CHARACTER: Final = 2
TASKS: Final = (
    Task("one stream, 240 characters", 1, 16, 480, "made"),
    Task("one stream, 480 characters after 240", 1, 480, 480, "made"),
    Task("prefill of 256 characters", 1, 512, 1, "read"),
    Task("prefill of 480 characters", 1, 960, 1, "read"),
    Task("batch of 8, 120 characters", 8, 16, 240, "all"),
    Task("batch of 32, 24 characters", 32, 16, 48, "all"),
)


def write_pairs(folder: Path, shape: Shape = SHAPE) -> Shape:
    """Write a model of pairs with random weights, the same ones each time."""
    random = np.random.default_rng(7)
    sizes = (shape.width, shape.layers, shape.heads, shape.context)
    shapes = ngram_shapes(shape.width, ORDERS, ROWS) | wygpt_shapes(*sizes)
    more = second_shapes(shape.width) | mixing_shapes(shape.width, shape.layers)
    tensors = {
        name: random.standard_normal(size).astype(np.float32) * (0.1 if name.endswith("pe") else 1)
        for name, size in (shapes | more).items()
    }
    card = {
        "family": "wygpt-pair",
        "codec": "utf-16-be",
        "width": shape.width,
        "layers": shape.layers,
        "heads": shape.heads,
        "context": shape.context,
        "ngram_orders": ORDERS,
        "ngram_rows": ROWS,
        "mixing": True,
        "corpora": [],
        "bytes_seen": 0,
        "valid": {},
        "licence": "CC0-1.0",
        "name": "random-pairs",
        "version": "0",
    }
    write_checkpoint(folder, tensors, card)
    return shape_of(folder)


def compare(shapes: list[Shape], rounds: int, isa: str) -> list[Contestant]:
    """Ask an engine of each shape the same tasks in turn."""
    running = [Contestant.start(OURS, sys.executable, shape, isa) for shape in shapes]
    try:
        for number in range(rounds):
            for task in TASKS:
                for one in running if number % 2 == 0 else reversed(running):
                    one.ask(task)
    finally:
        for one in running:
            one.close()
    return running


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine.pairs", description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/tcm"))
    parser.add_argument("--isa", default="auto", help="kernels of the engine")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--out", type=Path, help="JSON file for all numbers")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        shapes = [shape_of(args.model), write_pairs(Path(folder) / "pairs")]
        base, pairs = compare(shapes, args.rounds, args.isa)
    print(f"{cpu_name()}, {pairs.name or pairs.absent}, {args.rounds} rounds")
    rates = {
        task.name: [(one.speed(task.name) or 0.0) / BYTES_A_CHARACTER for one in (base, pairs)]
        for task in TASKS
    }
    found = {"cpu": cpu_name(), "beside": shapes[0].name, "characters_per_cpu_second": rates}
    print(f"\n{pairs_table(found)}")
    if args.out:
        args.out.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
