"""Markdown of what was measured, made of the JSON that a measurement leaves."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.engine.ceiling import CACHES
from benchmarks.engine.tasks import PREFILL, STREAM

Json = Mapping[str, Any]
_PREFILL_BYTES = 512
_SHORT_ROWS = {
    STREAM: "一条回答，平均上文 256 字节",
    "batch of 1, context full": "1 条回答，上文已满",
    PREFILL: "读 512 字节的上文",
    "batch of 8, context full": "8 条同时，上文已满",
    "batch of 32": "32 条短回答同时",
}
# Behind a name: its version, number format or kernels.
_VERSION = re.compile(r" (?=\d|\(|int8|Q8)")
_MEMORY = ("resident after a reply, MiB", "回答一次后占用内存，MiB")


def markdown(whole: Json) -> str:
    """Return the ceiling in a line, and all tables of `engine.json`."""
    parts = [limits(whole["ceiling"])]
    for shape in whole["shapes"]:
        parts += [_speeds(shape), _starts(shape)]
    said = {
        f"{one['name']} is absent: {one['absent']}"
        for shape in whole["shapes"]
        for one in shape["contestants"]
        if one["absent"]
    }
    said |= {
        f"{one['name']} on {shape['shape']['name']}, {task}: {why}"
        for shape in whole["shapes"]
        for one in shape["contestants"]
        for task, why in one["failed"].items()
    }
    return "\n\n".join([*parts, *sorted(said)])


def limits(ceiling: Json | None) -> str:
    """Return the processor's own rates in a line."""
    if ceiling is None:
        return "The ceiling was not measured: no compiler, or no program for these kernels."
    reads = ", ".join(
        f"{name} {ceiling['reads'][str(size)] / 1e9:.0f} GB/s" for name, size in CACHES.items()
    )
    return f"One core: {ceiling['products'] / 1e9:.0f} G int8 products a second; it reads {reads}."


def short_table(whole: Json, *, chinese: bool = False) -> str:
    """Return the table of the README: the shipped shape, the telling tasks, every peer."""
    known = _present(whole["shapes"][0])
    names = [_VERSION.split(one["name"])[0] for one in known]
    rows = [_line(["", *names]), _rule(names)]
    for task, zh in _SHORT_ROWS.items():
        speeds = [_number(one["bytes_per_cpu_second"].get(task)) for one in known]
        rows.append(_line([zh if chinese else task, *speeds]))
    memory = [f"{one['memory'] / 2**20:.0f}" for one in known]
    return "\n".join([*rows, _line([_MEMORY[chinese], *memory])])


def pairs_table(found: Json) -> str:
    """Return the table of `pairs.json`: characters a second, pairs beside bytes."""
    rows = [_line(["characters a second", found["beside"], "pairs", "ratio"]), _rule(range(3))]
    for task, (base, pairs) in found["characters_per_cpu_second"].items():
        rows.append(_line([task, _number(base), _number(pairs), f"{pairs / base:.2f}"]))
    return "\n".join(rows)


def training_table(found: Json, batch: int = 4096) -> str:
    """Return the table of `training.json`: steps a second of processor time, beside PyTorch.

    Args:
        found: seconds of a step, peaks of the products, multiply-adds of a step.
        batch: steps of the trunk in a step of the optimizer.
    """
    times = found["times"]
    plain = times["PyTorch, float32"]["processor_s"]
    half = times["PyTorch, bfloat16 autocast"]["processor_s"]
    lines = [
        "| | steps a second of processor time | × PyTorch float32 | × its bfloat16 | "
        "share of the products' own peak |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, time in times.items():
        seconds = time["processor_s"]
        rate = found["rates"].get(name.split(",")[0])
        share = f"{found['multiply_adds'] / seconds / rate:.0%}" if rate else ""
        cells = [name, f"{batch / seconds:,.0f}", f"{plain / seconds:.2f}", f"{half / seconds:.2f}"]
        lines.append(_line([*cells, share]))
    return "\n".join(lines)


def _present(shape: Json) -> list[Json]:
    """Return our own engine, then the others that took part."""
    return [one for one in shape["contestants"] if not one["absent"]]


def _title(shape: Json) -> str:
    sizes = shape["shape"]
    return f"{sizes['name']} ({sizes['width']} x {sizes['layers']})"


def _speeds(shape: Json) -> str:
    ours, *peers = _present(shape)
    names = [ours["name"], "of the ceiling", *(peer["name"] for peer in peers)]
    rows = [_line([_title(shape), *names]), _rule(names)]
    for task, ceiling in shape["ceilings"].items():
        speed = ours["bytes_per_cpu_second"].get(task)
        beside = [_beside(peer["bytes_per_cpu_second"].get(task), speed) for peer in peers]
        rows.append(_line([task, _number(speed), _share(speed, ceiling), *beside]))
    return "\n".join(rows)


def _starts(shape: Json) -> str:
    known = _present(shape)
    best = [one["bytes_per_second_best"].get(PREFILL) for one in known]
    firsts = [1000 * _PREFILL_BYTES / speed if speed else None for speed in best]
    return "\n".join(
        [
            _line([shape["shape"]["name"], *(one["name"] for one in known)]),
            _rule(known),
            _line(["load, ms", *(f"{1000 * one['load_s']:,.0f}" for one in known)]),
            _line(["first byte after 512, ms, best", *map(_number, firsts)]),
            _line(["resident after it, MiB", *(f"{one['memory'] / 2**20:.0f}" for one in known)]),
        ]
    )


def _share(speed: float | None, ceiling: float | None) -> str:
    return "–" if ceiling is None or speed is None else f"{100 * speed / ceiling:.0f} %"


def _beside(theirs: float | None, ours: float | None) -> str:
    """Return a peer's speed, and how many times ours is."""
    if theirs is None:
        return "–"
    return f"{theirs:,.0f}" + (f" ({ours / theirs:.1f} x)" if ours else "")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _rule(columns: Sequence[object]) -> str:
    return _line(["---", *["---:"] * len(columns)])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
