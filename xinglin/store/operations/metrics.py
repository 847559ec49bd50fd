"""Figures of all processes in one place: counted in memory, added up in Redis each second.

Redis and not files of each process, because workers have no port, may stand on other machines,
and a figure must not fall when a process ends. Any web process shows the sums of all. What is
counted in memory costs no round trip; a process that is killed loses its last second of it. The
durable counters of `xinglin.metrics` are added up in Redis at once.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field

from xinglin.errors import StoreError
from xinglin.metrics import BY_NAME, Labels, field_of, series_of
from xinglin.store import keys
from xinglin.store.connection import Client, store_errors

PERIOD_S = 1.0


@dataclass(slots=True)
class Distribution:
    """One histogram: `buckets[i]` observations up to the i-th bound, the last one above all."""

    buckets: list[int]
    sum: float = 0.0


@dataclass(slots=True)
class Readings:
    """Measurements so far, by metric and labels."""

    counters: dict[str, dict[Labels, float]] = field(default_factory=dict)
    histograms: dict[str, dict[Labels, Distribution]] = field(default_factory=dict)

    def count(self, name: str, *labels: str) -> float:
        """Return one counter; 0 when nothing was counted."""
        return self.counters.get(name, {}).get(labels, 0.0)

    def times(self, name: str, *labels: str) -> Distribution:
        """Return one histogram; empty when nothing was observed."""
        found = self.histograms.get(name, {}).get(labels)
        return found or Distribution([0] * (len(BY_NAME[name].buckets) + 1))


class Metrics:
    """Counts and times of one process; safe for threads."""

    def __init__(self, redis: Client, period_s: float = PERIOD_S) -> None:
        self._redis, self._period_s = redis, period_s
        self._lock = threading.Lock()
        self._counts: dict[str, int] = defaultdict(int)
        self._sums: dict[str, float] = defaultdict(float)
        self._thread: threading.Thread | None = None
        self._closed = threading.Event()

    def count(self, name: str, *labels: str, n: int = 1) -> None:
        """Add to a counter of `xinglin.metrics`: a durable one in Redis at once, others in memory.

        Raises:
            LookupError: there is no such counter, or it has other labels.
            StoreUnavailable: Redis is away, and the counter is a durable one.
        """
        field = field_of(name, labels)
        if field is not None:
            with store_errors():
                self._redis.hincrby(keys.COUNTERS, field, n)
            return
        with self._lock:
            self._counts["|".join((name, *labels))] += n
            self._wake()

    def observe(self, name: str, seconds: float, *labels: str) -> None:
        """Add one observation to a histogram of `xinglin.metrics`."""
        start = "|".join((name, *labels))
        bounds = BY_NAME[name].buckets
        place = bisect_left(bounds, seconds)
        bound = f"{bounds[place]:g}" if place < len(bounds) else "inf"
        with self._lock:
            self._counts[f"{start}|le={bound}"] += 1
            self._sums[f"{start}|sum"] += max(0.0, seconds)
            self._wake()

    def flush(self) -> None:
        """Add what was counted to the sums in Redis.

        Raises:
            StoreUnavailable: Redis is away; nothing is lost, the next call takes it along.
        """
        with self._lock:
            counts, self._counts = self._counts, defaultdict(int)
            sums, self._sums = self._sums, defaultdict(float)
        if not counts:
            return
        try:
            with store_errors():
                pipe = self._redis.pipeline()
                for name, n in counts.items():
                    pipe.hincrby(keys.METRICS, name, n)
                for name, seconds in sums.items():
                    pipe.hincrbyfloat(keys.METRICS, name, round(seconds, 6))
                pipe.execute()
        except StoreError:
            with self._lock:
                for name, n in counts.items():
                    self._counts[name] += n
                for name, seconds in sums.items():
                    self._sums[name] += seconds
            raise

    def close(self) -> None:
        """Write what is left, and end."""
        self._closed.set()
        if self._thread is not None and self._thread.is_alive():
            self._thread.join(3)

    def _wake(self) -> None:
        """Start the writing thread; a forked process begins with none."""
        if self._closed.is_set() or (self._thread is not None and self._thread.is_alive()):
            return
        self._thread = threading.Thread(target=self._run, name="metrics", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        while True:
            ended = self._closed.wait(self._period_s)
            with suppress(StoreError):  # known from elsewhere; the sums wait in memory
                self.flush()
            if ended:
                return


def read_readings(redis: Client) -> Readings:
    """Return the sums of all processes, the store's own counters among them.

    Raises:
        StoreUnavailable: Redis is away.
    """
    with store_errors():
        rows = redis.hgetall(keys.METRICS)
        counted = redis.hgetall(keys.COUNTERS)
    found = Readings()
    for raw, value in rows.items():
        name, *labels = raw.decode().split("|")
        known = BY_NAME.get(name)
        if known is None:
            continue  # of another version
        if known.kind == "histogram":
            _add_to_histogram(found, name, labels, value)
        elif len(labels) == len(known.labels):
            _add(found, name, tuple(labels), float(value))
    for raw, value in counted.items():
        name, series = series_of(raw.decode())
        _add(found, name, series, float(value))
    return found


def _add(found: Readings, name: str, labels: Labels, value: float) -> None:
    row = found.counters.setdefault(name, {})
    row[labels] = row.get(labels, 0.0) + value


def _add_to_histogram(found: Readings, name: str, parts: list[str], value: bytes) -> None:
    bounds = [*(f"{bound:g}" for bound in BY_NAME[name].buckets), "inf"]
    *labels, what = parts
    rows = found.histograms.setdefault(name, {})
    row = rows.setdefault(tuple(labels), Distribution([0] * len(bounds)))
    if what == "sum":
        row.sum = float(value)
    elif (bound := what.removeprefix("le=")) in bounds:
        row.buckets[bounds.index(bound)] = int(value)
