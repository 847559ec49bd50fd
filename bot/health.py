"""`/healthz`, `/readyz`."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from bot.services import services
from xinglin.errors import StoreError
from xinglin.store.records import WorkerInfo

blueprint = Blueprint("health", __name__)
LATE_S = 10.0
CROWDED = 0.8


@blueprint.get("/healthz")
def alive() -> str:
    """The process answers; nothing else is asked."""
    return "ok\n"


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """Say whether followers are answered: `ready`, `degraded` (200, with reasons), `down` (503)."""
    store = services().store
    try:
        workers = store.models.workers()
        problems = find_problems(workers) if workers else []
    except StoreError as error:
        return jsonify(ready=False, state="down", redis=str(error)), 503
    if not workers:
        why = "no worker with a model is alive"
        return jsonify(ready=False, state="down", redis="ok", workers=why), 503
    state = "degraded" if problems else "ready"
    return jsonify(
        ready=True, state=state, redis="ok", workers=len(workers), problems=problems
    ), 200


def find_problems(workers: list[WorkerInfo]) -> list[str]:
    """Return what does not stop the service and should not stay, one sentence each."""
    own = services()
    counts, want = own.store.stats.snapshot(), own.store.models.want()
    found = own.store.warn_settings()
    found += [f"worker {worker.name}: {worker.problem}" for worker in workers if worker.problem]
    if want is not None and any(worker.gen != want.gen for worker in workers):
        found.append(f"not every worker serves the announced model {want.name} yet")
    if counts["overdue_s"] > LATE_S:
        found.append(f"a follower's turn is {counts['overdue_s']:.0f} s overdue")
    if paused_s := own.store.pause.left_s():
        found.append(f"the operator takes no questions for {paused_s} s more")
    if counts["waiting"] >= CROWDED * own.settings.queue_limit:
        found.append(f"{counts['waiting']:.0f} messages wait of {own.settings.queue_limit} at most")
    return found
