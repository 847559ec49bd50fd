"""Measure the engine on this machine, beside other engines and the processor's own ceiling.

    make bench        # or: python -m benchmarks.engine --quick --isa avx2

Every figure is the median of interleaved rounds, in bytes a second of processor time of one thread.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks.engine import ceiling, plots, report
from benchmarks.engine.contest import OURS, PEERS, Contestant, hold
from benchmarks.engine.machine import cpu_name
from benchmarks.engine.shapes import DEEP, WIDE, Shape, shape_of, write_random
from benchmarks.engine.tasks import STREAM, growth_tasks, tasks_for
from inference.backends.native_library import load_library


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.engine", description=__doc__)
    parser.add_argument("--model", type=Path, default=Path("models/tcm"))
    parser.add_argument("--isa", default="auto", help="kernels of our engine")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="two rounds, fewer tasks, no growth")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), choices=PEERS)
    parser.add_argument("--peers-python", default=sys.executable, help="interpreter with the peers")
    parser.add_argument("--growth", action="store_true", help="pictures of growth, too")
    parser.add_argument("--out", type=Path, default=Path("build/bench"))
    return parser.parse_args()


def main() -> int:
    """Measure, print, write."""
    args = parse()
    isa = load_library().isa_names()[0] if args.isa == "auto" else args.isa
    rounds = 2 if args.quick else args.rounds
    with tempfile.TemporaryDirectory() as folder:
        shapes = [shape_of(args.model), *(_random(shape, Path(folder)) for shape in (DEEP, WIDE))]
        limit = ceiling.measure(isa, [shape.products for shape in shapes])
        outcomes = []
        for shape in shapes:
            tasks = tasks_for(shape, quick=args.quick)
            entrants = [
                (OURS, sys.executable),
                *((peer, args.peers_python) for peer in args.peers),
            ]
            found = hold(shape, entrants, tasks, rounds, isa)
            outcomes.append(report.Outcome(shape, tasks, found, limit))
            _say_failures(found)
            _write(args.out, limit, outcomes, {})  # a long run that is stopped leaves what it has
        growth = _growth(shapes, Path(folder), rounds, isa) if args.growth else {}
    text = report.markdown(outcomes)
    print(f"{cpu_name()}, kernels {isa}, {rounds} rounds, {time.strftime('%Y-%m-%d')}")
    print(f"\n{_limits(limit)}\n\n{text}")
    _write(args.out, limit, outcomes, growth)
    if growth:
        try:
            plots.draw(growth, args.out / "growth.png")
        except ImportError:
            print("no pictures: matplotlib is not installed")
    return 0


def _write(
    out: Path, limit: ceiling.Ceiling | None, outcomes: list[report.Outcome], growth: Any
) -> None:
    out.mkdir(parents=True, exist_ok=True)
    text = f"{_limits(limit)}\n\n{report.markdown(outcomes)}\n"
    (out / "engine.md").write_text(text, encoding="utf-8")
    (out / "engine.json").write_text(_as_json(limit, outcomes, growth), encoding="utf-8")


def _random(shape: Shape, folder: Path) -> Shape:
    path = folder / f"{shape.name}-{shape.width}-{shape.layers}"
    write_random(shape, path)
    return replace(shape, folder=path)


def _growth(
    shapes: list[Shape], folder: Path, rounds: int, isa: str
) -> dict[str, dict[str, list[tuple[float, float]]]]:
    """Measure our engine at growing contexts, users and depths."""
    context: dict[str, list[tuple[float, float]]] = {}
    users: dict[str, list[tuple[float, float]]] = {}
    for shape in shapes:
        [ours] = hold(shape, [(OURS, sys.executable)], growth_tasks(shape), rounds, isa)
        for name in ours.results:
            kind, size = name.split()
            curve = (context if kind == "context" else users).setdefault(str(shape), [])
            curve.append((float(size), ours.speed(name) or 0.0))
    depth: dict[str, list[tuple[float, float]]] = {}
    for shape, layers in ((WIDE, (2, 4, 7, 14)), (DEEP, (8, 15, 29, 58))):
        for count in layers:
            deep = _random(replace(shape, layers=count), folder)
            task = next(one for one in tasks_for(deep, quick=True) if one.name == STREAM)
            [ours] = hold(deep, [(OURS, sys.executable)], [task], rounds, isa)
            depth.setdefault(f"width {shape.width}", []).append(
                (float(count), ours.speed(STREAM) or 0.0)
            )
    return {"context, bytes": context, "users at once": users, "layers": depth}


def _say_failures(found: list[Contestant]) -> None:
    for one in found:
        if one.absent:
            print(f"{one.key} is absent: {one.absent}", file=sys.stderr)


def _limits(limit: ceiling.Ceiling | None) -> str:
    if limit is None:
        return "The ceiling was not measured: no compiler, or no program for these kernels."
    reads = ", ".join(
        f"{name} {limit.reads[size] / 1e9:.0f} GB/s" for name, size in ceiling.CACHES.items()
    )
    return f"One core: {limit.products / 1e9:.0f} G int8 products a second; it reads {reads}."


def _as_json(limit: ceiling.Ceiling | None, outcomes: list[report.Outcome], growth: Any) -> str:
    shapes = [
        {
            "shape": asdict(outcome.shape) | {"folder": None},
            "ceilings": {
                task.name: limit.speed(outcome.shape, task) if limit else None
                for task in outcome.tasks
            },
            "contestants": [one.report() for one in outcome.contestants],
        }
        for outcome in outcomes
    ]
    whole = {"cpu": cpu_name(), "ceiling": asdict(limit) if limit else None, "shapes": shapes}
    return json.dumps(whole | {"growth": growth}, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    raise SystemExit(main())
