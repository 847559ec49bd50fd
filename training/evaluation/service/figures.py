"""Figures of the service with their intervals and floors, as a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from training.evaluation.measures import wilson_interval
from training.evaluation.service.asking import Reply

_KEPT = 60


@dataclass(frozen=True, slots=True)
class Failure:
    """A reply that a reader should look at.

    Attributes:
        turns: what was asked.
        reply: what a follower read.
        by: what it was told from.
        wanted: what was expected.
    """

    turns: tuple[str, ...]
    reply: str
    by: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Share:
    """A share of replies.

    Attributes:
        label: what was counted.
        hits: replies that count.
        asked: replies in all.
        floor: least share, or most where `most`; None where nothing is promised.
        most: whether the floor is an upper bound.
        failed: the first that do not count, or that do where `most`.
    """

    label: str
    hits: int
    asked: int
    floor: float | None = None
    most: bool = False
    failed: tuple[Failure, ...] = ()

    @property
    def share(self) -> float:
        """From 0 to 1; 0 of nothing."""
        return self.hits / self.asked if self.asked else 0.0

    @property
    def met(self) -> bool:
        """True if the floor is met."""
        if self.floor is None:
            return True
        return self.share <= self.floor if self.most else self.share >= self.floor


@dataclass(frozen=True, slots=True)
class Time:
    """A time of the processor.

    Attributes:
        label: what was timed.
        milliseconds: the quantile.
        asked: how often.
        floor: most milliseconds.
    """

    label: str
    milliseconds: float
    asked: int
    floor: float


@dataclass(frozen=True, slots=True)
class Skipped:
    """A measure that was not taken, and what it needs."""

    label: str
    why: str


Figure = Share | Time | Skipped


def count(
    label: str,
    judged: Sequence[tuple[Reply, bool, str]],
    floor: float | None = None,
    *,
    most: bool = False,
) -> Share:
    """Return the share of (reply, whether it counts, what was wanted)."""
    hits = sum(counts for _, counts, _ in judged)
    failed = [
        Failure(one.turns, one.text, f"{one.by}, {one.wording}", wanted)
        for one, counts, wanted in judged
        if counts is most
    ]
    return Share(label, hits, len(judged), floor, most, tuple(failed[:_KEPT]))


def as_records(figures: Iterable[Figure]) -> list[dict[str, Any]]:
    """Return figures as JSON holds them; times are of a machine, and not among them."""
    return [asdict(one) for one in figures if not isinstance(one, Time)]


def time_records(figures: Iterable[Figure]) -> list[dict[str, Any]]:
    """Return the times as JSON holds them; a rerun has others."""
    return [asdict(one) for one in figures if isinstance(one, Time)]


def table(records: Sequence[Mapping[str, Any]], times: Sequence[Mapping[str, Any]] = ()) -> str:
    """Return figures as a table of Markdown, floor beside figure."""
    rows = ["| what | figure | 95 % interval | of | floor | |", "|---|---:|---|---:|---:|---|"]
    return "\n".join([*rows, *map(_row, records), *map(_time_row, times)])


def _row(one: Mapping[str, Any]) -> str:
    if "why" in one:
        return f"| {one['label']} | skipped: {one['why']} | | | | |"
    share = Share(one["label"], one["hits"], one["asked"], one["floor"], one["most"])
    low, high = wilson_interval(share.hits, share.asked)
    figure = f"{share.share:.1%}" if not share.most else f"{share.hits} ({share.share:.1%})"
    row = f"| {share.label} | {figure} | {low:.1%} to {high:.1%} | {share.asked:,} "
    if share.floor is None:
        return f"{row}| | |"
    at_most = "at most " if share.most else ""
    return f"{row}| {at_most}{share.floor:.0%} | {_met(met=share.met)} |"


def _time_row(one: Mapping[str, Any]) -> str:
    met = _met(met=one["milliseconds"] <= one["floor"])
    return (
        f"| {one['label']} | {one['milliseconds']:.1f} ms | | {one['asked']:,} "
        f"| at most {one['floor']:g} ms | {met} |"
    )


def _met(*, met: bool) -> str:
    return "met" if met else "**not met**"
