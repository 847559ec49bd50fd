"""Markdown of what was measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.engine.ceiling import Ceiling
from benchmarks.engine.contest import OURS, Contestant
from benchmarks.engine.shapes import Shape
from benchmarks.engine.tasks import PREFILL, Task


@dataclass(frozen=True, slots=True)
class Outcome:
    """One shape, its contestants and what each did."""

    shape: Shape
    tasks: Sequence[Task]
    contestants: Sequence[Contestant]
    ceiling: Ceiling | None

    @property
    def ours(self) -> Contestant:
        """Return our own engine."""
        return next(one for one in self.contestants if one.key == OURS)

    @property
    def peers(self) -> list[Contestant]:
        """Return the others that took part."""
        return [one for one in self.contestants if one.key != OURS and not one.absent]


def markdown(outcomes: Sequence[Outcome]) -> str:
    """Return all tables."""
    parts = [part for outcome in outcomes for part in (_speeds(outcome), _starts(outcome))]
    absent = {
        f"{one.key} is absent: {one.absent}"
        for outcome in outcomes
        for one in outcome.contestants
        if one.absent
    }
    failed = {
        f"{one.key} on {outcome.shape.name}, {task}: {why}"
        for outcome in outcomes
        for one in outcome.contestants
        for task, why in one.failed.items()
    }
    return "\n\n".join([*parts, *sorted(absent | failed)])


def _speeds(outcome: Outcome) -> str:
    ours, peers = outcome.ours, outcome.peers
    head = [str(outcome.shape), ours.name, "of the ceiling", *(peer.name for peer in peers)]
    rows = [_line(head), _line(["---", *["---:"] * (len(head) - 1)])]
    for task in outcome.tasks:
        speed = ours.speed(task.name)
        cells = [task.name, _number(speed), _share(outcome.ceiling, outcome.shape, task, speed)]
        rows.append(_line([*cells, *(_beside(peer.speed(task.name), speed) for peer in peers)]))
    return "\n".join(rows)


def _starts(outcome: Outcome) -> str:
    known = [outcome.ours, *outcome.peers]
    rows = [_line([outcome.shape.name, *(one.name for one in known)])]
    rows.append(_line(["---", *["---:"] * len(known)]))
    rows.append(_line(["load, ms", *(f"{1000 * one.load_s:,.0f}" for one in known)]))
    firsts = [1000 * min(one.seconds[PREFILL]) if PREFILL in one.seconds else None for one in known]
    rows.append(_line(["first byte after 512, ms, best", *map(_number, firsts)]))
    rows.append(_line(["resident after it, MiB", *(f"{one.memory / 2**20:.0f}" for one in known)]))
    return "\n".join(rows)


def _share(ceiling: Ceiling | None, shape: Shape, task: Task, speed: float | None) -> str:
    if ceiling is None or speed is None:
        return "–"
    return f"{100 * speed / ceiling.speed(shape, task):.0f} %"


def _beside(theirs: float | None, ours: float | None) -> str:
    """Return a peer's speed, and how many times ours is."""
    if theirs is None:
        return "–"
    return f"{theirs:,.0f}" + (f" ({ours / theirs:.1f} x)" if ours else "")


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
