"""Figures of several processes add up, and a Redis that is away loses none."""

from __future__ import annotations

import multiprocessing
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import RealRedis
from tests.waiting import until
from xinglin.errors import StoreUnavailable
from xinglin.metrics import BY_NAME, METRICS, SECONDS
from xinglin.settings import Settings
from xinglin.store import Store, keys
from xinglin.store.operations.metrics import Metrics
from xinglin.store.operations.metrics_history import EVERY_S, ROWS, Sample, percentile, points

ROOT = Path(__file__).resolve().parents[4]
pytestmark = pytest.mark.redis

_COUNTING = """
import sys
from xinglin.settings import Settings
from xinglin.store import Store, keys
store = Store.open(Settings(redis_url=sys.argv[1]))
for number in range(100):
    store.metrics.count("replies", "passive")
    store.metrics.observe("webhook_seconds", 0.25, "model")
    store.metrics.count("turns")
store.close()
"""


def test_three_processes_add_up_to_the_sum_of_all(redis_url: str, store: Store) -> None:
    command = [sys.executable, "-c", _COUNTING, redis_url]
    running = [subprocess.Popen(command, cwd=ROOT) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]

    found = store.readings()

    assert found.count("replies", "passive") == 300
    assert found.count("turns") == 300
    times = found.times("webhook_seconds", "model")
    assert times.buckets[SECONDS.index(0.3)] == sum(times.buckets) == 300
    assert times.sum == pytest.approx(75)


def test_what_was_counted_is_written_within_a_second_without_asking(store: Store) -> None:
    store.metrics.count("dedupe_hits")

    until(lambda: store.readings().count("dedupe_hits"), 10)


def test_a_forked_process_writes_its_own_figures(store: Store) -> None:
    store.metrics.count("dedupe_hits")
    store.metrics.flush()

    def work() -> None:
        store.metrics.count("dedupe_hits")
        store.metrics.close()
        os._exit(0)

    child = multiprocessing.get_context("fork").Process(target=work)
    child.start()
    child.join(20)

    assert store.readings().count("dedupe_hits") == 2


def test_while_redis_is_away_nothing_counted_is_lost() -> None:
    server = RealRedis()
    store = Store.open(Settings(redis_url=server.url))
    metrics = Metrics(store.redis, period_s=3600)
    metrics.count("dedupe_hits", n=3)
    metrics.observe("webhook_seconds", 99, "model")
    server.kill()
    with pytest.raises(StoreUnavailable):
        metrics.flush()
    server.start()

    metrics.count("dedupe_hits")
    metrics.flush()

    found = store.readings()
    assert found.count("dedupe_hits") == 4
    assert found.times("webhook_seconds", "model").buckets[-1] == 1
    metrics.close()
    store.close()
    server.close()


def counted_names() -> set[str]:
    """The counters that the code names."""
    found: set[str] = set()
    for room in ("bot", "xinglin", "workers"):
        for path in (ROOT / room).rglob("*.py"):
            found |= set(re.findall(r'metrics\.count\(\s*"([^"]+)"', path.read_text("utf-8")))
    return found


def test_every_counter_in_the_code_is_in_the_list_and_the_other_way_round() -> None:
    listed = {metric.name for metric in METRICS if metric.kind == "counter"}

    # By scripts, and by other versions.
    assert counted_names() == listed - {"turns", "events", "handovers"}


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("inbox_rejected", ("no_such_reason",)),
        ("inbox_rejected", ()),
        ("turns", ("one",)),
        ("webhook_seconds", ("model",)),
        ("nothing_that_is_counted", ()),
    ],
)
def test_an_unknown_counter_or_series_is_refused(
    store: Store, name: str, labels: tuple[str, ...]
) -> None:
    with pytest.raises(LookupError):
        store.metrics.count(name, *labels)


def test_durable_counters_keep_the_fields_of_earlier_versions(store: Store) -> None:
    store.metrics.count("inbox_rejected", "user_full")
    store.metrics.count("send_errors", "45015", n=2)
    store.metrics.count("replies", "message")

    kept = {name.decode(): int(n) for name, n in store.redis.hgetall(keys.COUNTERS).items()}

    assert kept == {"refused_user_full": 1, "send_refused_45015": 2, "sent": 1}
    assert store.readings().count("send_errors", "45015") == 2
    assert store.readings().count("inbox_rejected", "user_full") == 1
    assert store.readings().count("replies", "message") == 1


def test_labels_and_kinds_of_the_list_are_sound() -> None:
    assert len(BY_NAME) == len(METRICS)
    for metric in METRICS:
        assert list(metric.buckets) == sorted(metric.buckets)
        assert bool(metric.buckets) == (metric.kind == "histogram")
        assert not set(metric.labels) & {"user", "openid", "le"}


def test_the_oldest_wait_is_that_of_the_oldest_message(
    open_store: Callable[..., Store], settings: Settings
) -> None:
    store = open_store(replace(settings, lease_s=30))
    assert store.turns.oldest_s() == 0.0
    store.inbox.accept("a" * 24, "o1", "1", "黄芪", wait_s=0)
    time.sleep(0.3)
    store.inbox.accept("b" * 24, "o2", "2", "当归", wait_s=0)

    assert 0.3 <= store.turns.oldest_s() < 5
    claim = store.turns.take("a" * 24)
    assert claim is not None
    assert 0.3 <= claim.waited_s < 5


def test_a_message_of_an_earlier_version_is_still_taken(store: Store) -> None:
    user = "a" * 24
    store.inbox.accept(user, "o1", "1", "黄芪", wait_s=0)
    store.redis.lset(
        f"xl:{{{user}}}:inbox", 0, '{"v": 1, "id": "1", "openid": "o1", "text": "黄芪"}'
    )

    claim = store.turns.take(user)

    assert claim is not None
    assert (claim.text, claim.waited_s) == ("黄芪", 0.0)
    assert store.turns.oldest_s() == 0.0


def test_a_requeued_message_waits_from_now_on(store: Store) -> None:
    user = "a" * 24
    store.inbox.accept(user, "o1", "1", "黄芪", wait_s=0)
    old = store.redis.lindex(f"xl:{{{user}}}:inbox", 0).decode()
    assert old.startswith('{"at": 1')
    store.redis.lset(f"xl:{{{user}}}:inbox", 0, '{"at": 1000000000000' + old[old.index(",") :])
    claim = store.turns.take(user)
    assert claim is not None
    assert claim.waited_s > 1e6
    store.dead_letters.add(claim)
    from xinglin.store import Reply

    store.turns.commit(claim, Reply("抱歉", False, "", "1", "o1"), None)

    assert store.dead_letters.requeue(store.dead_letters.entries()[0]["name"]) == "queued"

    again = store.turns.take(user)
    assert again is not None
    assert again.text == "黄芪"
    assert again.waited_s < 60


def row(at: float, turns: int, *, fast: int = 0, slow: int = 0) -> Sample:
    reply = [0] * (len(SECONDS) + 1)
    reply[1], reply[-1] = fast, slow
    return Sample(at, 1, 0.5, 2, 3, turns, 0, 0, [turns, 0, 0, 0], reply)


def test_a_chart_shows_rates_and_percentiles_between_its_rows() -> None:
    samples = [row(0, 10), row(5, 20, fast=99, slow=1), row(10, 20, fast=99, slow=1)]

    first, second = points(samples)

    assert first["turns"] == 2.0
    assert first["paths"] == [2.0, 0, 0, 0]
    assert 0.05 < first["p50"] <= 0.1
    assert first["p99"] <= 0.1
    assert (second["turns"], second["p50"]) == (0.0, None)


def test_a_redis_that_was_emptied_makes_no_negative_rate() -> None:
    (only,) = points([row(0, 100, fast=50), row(5, 1, fast=1)])

    assert only["turns"] == 0.0
    assert only["p50"] is None


def test_many_rows_become_few_points_and_the_newest_is_among_them() -> None:
    samples = [row(5.0 * n, n) for n in range(721)]

    found = points(samples, most=180)

    assert len(found) <= 180
    assert found[-1]["at"] == samples[-1].at
    assert all(point["turns"] == pytest.approx(0.2) for point in found)


@pytest.mark.parametrize(
    ("buckets", "share", "seconds"),
    [
        ([10, 0, 0], 0.5, 0.5),
        ([10, 10, 0], 0.75, 1.5),
        ([0, 0, 5], 0.5, 2.0),
        ([1, 0, 1], 1.0, 2.0),
    ],
)
def test_a_percentile_lies_inside_its_bucket(
    buckets: list[int], share: float, seconds: float
) -> None:
    assert percentile(buckets, share, (1.0, 2.0)) == seconds


def test_only_one_process_writes_a_row_and_old_rows_go(store: Store) -> None:
    assert store.sample() is True
    assert store.sample() is False
    for _ in range(ROWS + 5):
        store.redis.delete("xl:sampling")
        assert store.metrics_history.take(lambda: row(time.time(), 1))

    assert store.redis.llen("xl:samples") == ROWS
    assert 0 < store.redis.pttl("xl:sampling") <= 1000 * EVERY_S
    assert len(store.metrics_history.read(minutes=60)) == ROWS
