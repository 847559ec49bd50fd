"""One hour of figures for the dashboard's charts, one row each five seconds.

Whoever comes first writes the row: a worker's thread, or a web process that is asked for the
charts. Rows hold sums since ever; rates are their differences.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import pairwise

from xinglin.errors import UnreadableRecord
from xinglin.metrics import SECONDS
from xinglin.store import keys
from xinglin.store.connection import Client, store_errors
from xinglin.store.operations.metrics import Readings
from xinglin.store.records import read_record

EVERY_S = 5
ROWS = 3600 // EVERY_S
PATHS = ("passive", "tap", "message", "fixed")


@dataclass(frozen=True, slots=True)
class Sample:
    """One row.

    Attributes:
        at: Unix seconds.
        waiting, oldest_s, in_flight, workers: as they were.
        turns, late, errors: sums since ever.
        paths: replies by `PATHS`, sums since ever.
        reply: pushes that the model answered, by time (`SECONDS`), sums since ever.
    """

    at: float
    waiting: int
    oldest_s: float
    in_flight: int
    workers: int
    turns: int
    late: int
    errors: int
    paths: list[int] = field(default_factory=lambda: [0] * len(PATHS))
    reply: list[int] = field(default_factory=lambda: [0] * (len(SECONDS) + 1))


class MetricsHistory:
    """The rows, oldest first."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    def take(self, look: Callable[[], Sample]) -> bool:
        """Write a row unless one was written lately; `look` is only then called."""
        with store_errors():
            if not self._redis.set(keys.SAMPLING, "1", nx=True, px=1000 * EVERY_S - 250):
                return False
        row = json.dumps({"v": 1, **asdict(look())}, separators=(",", ":"))
        with store_errors():
            pipe = self._redis.pipeline()
            pipe.rpush(keys.SAMPLES, row)
            pipe.ltrim(keys.SAMPLES, -ROWS, -1)
            pipe.expire(keys.SAMPLES, 2 * EVERY_S * ROWS)
            pipe.execute()
        return True

    def read(self, minutes: float = 60.0) -> list[Sample]:
        """Return the rows of the last minutes."""
        rows = max(2, int(60 * minutes / EVERY_S) + 1)
        with store_errors():
            kept = self._redis.lrange(keys.SAMPLES, -rows, -1)
        found = [sample for raw in kept if (sample := _read(raw))]
        since = found[-1].at - 60 * minutes - 1 if found else 0.0
        return [sample for sample in found if sample.at >= since]


def _read(raw: bytes) -> Sample | None:
    """Return a row; None for one that cannot be read, or that other columns make up."""
    try:
        sample = read_record(Sample, raw)
    except UnreadableRecord:
        return None
    alike = len(sample.paths) == len(PATHS) and len(sample.reply) == len(SECONDS) + 1
    plain = all(isinstance(n, int) for n in (*sample.paths, *sample.reply))
    return sample if alike and plain else None


def total_errors(readings: Readings) -> int:
    """Return how often something went wrong that a follower may have noticed."""
    names = ("send_errors", "poison", "generation_failed", "inbox_rejected")
    return int(sum(sum(readings.counters.get(name, {}).values()) for name in names))


def percentile(buckets: list[int], share: float, bounds: tuple[float, ...] = SECONDS) -> float:
    """Return the time below which a share of observations lies, interpolated in its bucket.

    NaN when there are none; the highest bound when it lies above all of them.
    """
    want, seen = share * sum(buckets), 0
    if not sum(buckets):
        return float("nan")
    for place, n in enumerate(buckets[: len(bounds)]):
        if n and seen + n >= want:
            low = bounds[place - 1] if place else 0.0
            return low + (bounds[place] - low) * (want - seen) / n
        seen += n
    return bounds[-1]


def growth(before: list[int], after: list[int]) -> list[int]:
    """Return what was added between two rows; nothing where a sum fell, since Redis was emptied."""
    return [max(0, b - a) for a, b in zip(before, after, strict=True)]


def points(samples: list[Sample], most: int = 180) -> list[dict[str, object]]:
    """Return at most so many points of a chart, each made of the rows since the one before."""
    step = max(1, -(-(len(samples) - 1) // most))
    chosen = samples[::-1][::step][::-1]
    return [_point(before, after) for before, after in pairwise(chosen)]


def _point(before: Sample, after: Sample) -> dict[str, object]:
    passed = max(0.001, after.at - before.at)
    reply = growth(before.reply, after.reply)
    asked = any(reply)
    names = ("p50", "p95", "p99")
    shares = (0.5, 0.95, 0.99)
    return {
        "at": after.at,
        "waiting": after.waiting,
        "oldest_s": after.oldest_s,
        "in_flight": after.in_flight,
        "workers": after.workers,
        "turns": max(0, after.turns - before.turns) / passed,
        "late": max(0, after.late - before.late) / passed,
        "errors": max(0, after.errors - before.errors) / passed,
        "paths": [n / passed for n in growth(before.paths, after.paths)],
        **{n: percentile(reply, s) if asked else None for n, s in zip(names, shares, strict=True)},
    }
