"""`/healthz`, `/readyz`, `/metrics`."""

from __future__ import annotations

import re

from flask import Blueprint, Response, jsonify

from bot.services import services
from xinglin.errors import StoreError

blueprint = Blueprint("health", __name__)
_GAUGES = frozenset({"waiting", "users_active", "outbox", "dead", "overdue_s"})


@blueprint.get("/healthz")
def alive() -> str:
    """The process answers; nothing else is asked."""
    return "ok\n"


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """Redis answers, and a worker with a model lives."""
    store = services().store
    try:
        store.ping()
        workers = len(store.models.workers())
    except StoreError as error:
        return jsonify(ready=False, redis=str(error)), 503
    if not workers:
        return jsonify(ready=False, redis="ok", workers="no worker with a model is alive"), 503
    return jsonify(ready=True, redis="ok", workers=workers), 200


@blueprint.get("/metrics")
def metrics() -> tuple[Response, int]:
    """Prometheus' text format; no user in it."""
    store = services().store
    try:
        counts = store.stats.snapshot()
        workers = store.models.workers()
    except StoreError:
        return Response("xinglin_redis_up 0\n", mimetype="text/plain"), 503
    lines = ["# TYPE xinglin_redis_up gauge", "xinglin_redis_up 1"]
    lines += ["# TYPE xinglin_workers gauge", f"xinglin_workers {len(workers)}"]
    for name, value in sorted(counts.items()):
        gauge = name in _GAUGES
        full = f"xinglin_{re.sub('[^a-z0-9_]', '_', name)}" + ("" if gauge else "_total")
        lines += [f"# TYPE {full} {'gauge' if gauge else 'counter'}", f"{full} {value:g}"]
    return Response("\n".join(lines) + "\n", mimetype="text/plain"), 200
