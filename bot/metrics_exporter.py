"""`/metrics`: the figures of all processes, in Prometheus' text format."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.core import Metric as Family
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from bot.console.guard import refusal
from bot.services import Services, current_services
from xinglin import __version__
from xinglin.errors import StoreError
from xinglin.metrics import METRICS, Labels, Metric
from xinglin.store.operations.metrics import Readings

blueprint = Blueprint("metrics", __name__)
GUESSES_PER_MINUTE = 10
Gauges = dict[str, dict[Labels, float]]


@blueprint.get("/metrics")
def metrics() -> tuple[Response, int]:
    """Show every figure of `xinglin.metrics`; no follower in it."""
    services = current_services()
    try:
        if not _is_local() and (refused := _refuse(services)):
            return refused
        found = _Found(services.store.readings(), _gauges(services))
        code = 200
    except StoreError:
        found, code = _Found(Readings(), {"redis_up": {(): 0.0}}), 503
    registry = CollectorRegistry(auto_describe=False)
    registry.register(found)
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_PLAIN_0_0_4), code


def _is_local() -> bool:
    """Return whether a program on this machine asks, and no proxy passes it on."""
    protocol = request.environ.get("SERVER_PROTOCOL", "")
    return not refusal(request.remote_addr or "", request.host, request.headers.keys(), protocol)


def _refuse(services: Services) -> tuple[Response, int] | None:
    """Return why somebody from elsewhere may not look; None when the token is right.

    Raises:
        StoreError: Redis is away, where wrong tokens are counted.
    """
    address = request.remote_addr or "unknown"
    wait_s = services.store.rate_limiter.wait_s("metrics", address, GUESSES_PER_MINUTE)
    if wait_s:
        answer = Response(f"too many wrong tokens; wait {wait_s} s\n", mimetype="text/plain")
        answer.headers["Retry-After"] = str(wait_s)
        return answer, 429
    given = request.headers.get("Authorization", "").encode()
    tokens = [services.settings.metrics_token, services.settings.admin_token]
    if any(hmac.compare_digest(given, f"Bearer {token}".encode()) for token in tokens if token):
        return None
    services.store.rate_limiter.count("metrics", address, GUESSES_PER_MINUTE)
    services.store.metrics.count("metrics_refused")
    why = "send Authorization: Bearer with XINGLIN_METRICS_TOKEN, or ask from this machine\n"
    answer = Response(why, mimetype="text/plain")
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer, 401


def _gauges(services: Services) -> Gauges:
    """Return what is so at this moment.

    Raises:
        StoreError: Redis is away.
    """
    store = services.store
    counts, server, workers = store.stats.snapshot(), store.server(), store.models.workers()
    want = store.models.want()
    plain = {
        "redis_up": 1,
        "redis_used_bytes": server.used_bytes,
        "redis_limit_bytes": server.limit_bytes,
        "redis_appendonly": server.appends and not server.append_failed,
        "redis_evicting": server.evicts != "noeviction" and server.limit_bytes > 0,
        "users_active": counts["users_active"],
        "waiting": counts["waiting"],
        "waiting_limit": services.settings.queue_limit,
        "oldest_wait_seconds": store.turns.oldest_s(),
        "overdue_seconds": counts["overdue_s"],
        "outbox": counts["outbox"],
        "dead": counts["dead"],
        "handovers_waiting": counts["handovers_waiting"],
        "paused": store.pause.left_s() > 0,
        "workers": len(workers),
        "model_lagging": sum(
            want is not None and (worker.gen, worker.model) != (want.gen, want.name)
            for worker in workers
        ),
    }
    found: Gauges = {name: {(): float(value)} for name, value in plain.items()}
    found["worker_up"] = {(worker.name, worker.host): 1.0 for worker in workers}
    found["worker_in_flight"] = {(worker.name,): float(worker.in_flight) for worker in workers}
    found["worker_problem"] = {(worker.name,): float(bool(worker.problem)) for worker in workers}
    found["model_info"] = {}
    for worker in workers:
        served = (worker.model, worker.version, worker.backend)
        found["model_info"][served] = found["model_info"].get(served, 0.0) + 1.0
    found["build_info"] = {(__version__,): 1.0}
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Found:
    """Collector that prometheus_client asks for families."""

    readings: Readings
    gauges: Gauges

    def collect(self) -> Iterator[Family]:
        for metric in METRICS:
            yield self._family(metric)

    def _family(self, metric: Metric) -> Family:
        name = metric.full
        if metric.kind == "gauge":
            gauge = GaugeMetricFamily(name, metric.says, labels=metric.labels)
            for labels, value in sorted(self.gauges.get(metric.name, {}).items()):
                gauge.add_metric(labels, value)
            return gauge
        if metric.kind == "histogram":
            return self._histogram(metric)
        counter = CounterMetricFamily(name, metric.says, labels=metric.labels)
        # A counter without labels is shown from the start, so that its first rise is a rise.
        counted = {} if metric.labels else {(): 0.0}
        for labels, value in sorted(
            (counted | self.readings.counters.get(metric.name, {})).items()
        ):
            counter.add_metric(labels, value)
        return counter

    def _histogram(self, metric: Metric) -> Family:
        family = HistogramMetricFamily(metric.full, metric.says, labels=metric.labels)
        for labels, found in sorted(self.readings.histograms.get(metric.name, {}).items()):
            seen, rows = 0, []
            for bound, n in zip((*metric.buckets, float("inf")), found.buckets, strict=True):
                seen += n
                rows.append(("+Inf" if bound == float("inf") else f"{bound:g}", float(seen)))
            family.add_metric(labels, rows, found.sum)
        return family
