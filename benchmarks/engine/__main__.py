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
from benchmarks.engine.tasks import STREAM, Task, growth_tasks, tasks_for
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
        # Through JSON, so that it is as it is read: sizes are texts.
        known = json.loads(json.dumps(asdict(limit))) if limit else None
        whole: dict[str, Any] = {"cpu": cpu_name(), "ceiling": known, "shapes": [], "growth": {}}
        for shape in shapes:
            tasks = tasks_for(shape, quick=args.quick)
            entrants = [(OURS, sys.executable), *((peer, args.peers_python) for peer in args.peers)]
            found = hold(shape, entrants, tasks, rounds, isa)
            whole["shapes"].append(_outcome(shape, tasks, found, limit))
            _say_failures(found)
            _write(args.out, whole)  # a long run that is stopped leaves what it has
        whole["growth"] = growth = _growth(shapes, Path(folder), rounds, isa) if args.growth else {}
    print(f"{cpu_name()}, kernels {isa}, {rounds} rounds, {time.strftime('%Y-%m-%d')}")
    print(f"\n{report.markdown(whole)}")
    _write(args.out, whole)
    if growth:
        try:
            plots.draw(growth, args.out / "growth.png")
        except ImportError:
            print("no pictures: matplotlib is not installed")
    return 0


def _write(out: Path, whole: dict[str, Any]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    (out / "engine.md").write_text(report.markdown(whole) + "\n", encoding="utf-8")
    text = json.dumps(whole, indent=1, ensure_ascii=False) + "\n"
    (out / "engine.json").write_text(text, encoding="utf-8")


def _outcome(
    shape: Shape, tasks: list[Task], found: list[Contestant], limit: ceiling.Ceiling | None
) -> dict[str, Any]:
    """Return a shape, the ceiling of each task, and what each engine did."""
    return {
        "shape": asdict(shape) | {"folder": None},
        "ceilings": {task.name: limit.speed(shape, task) if limit else None for task in tasks},
        "contestants": [one.report() for one in found],
    }


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


if __name__ == "__main__":
    raise SystemExit(main())
