"""`/healthz`, `/readyz`."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from bot.services import current_services
from xinglin.bilingual import Notice
from xinglin.diagnostics import find_problems
from xinglin.errors import StoreError, StoreUnavailable

blueprint = Blueprint("health", __name__)
NO_WORKER = Notice("no worker with a model is alive", "没有装好模型的 worker 在运行")
ALL_FAIL = Notice(
    "the engine of every worker fails; see their problems and restart them",
    "所有 worker 的引擎都在出错；请看各自的问题并重启",
)


@blueprint.get("/healthz")
def alive() -> str:
    """The process answers; nothing else is asked."""
    return "ok\n"


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """Say whether followers are answered: `ready`, `degraded` (200, with reasons), `down` (503)."""
    services = current_services()
    store = services.store
    try:
        workers = store.models.workers()
        problems = find_problems(store, services.settings, workers)
    except StoreUnavailable:  # where it is, the log says: anybody may ask here
        return jsonify(ready=False, state="down", redis="Redis is away"), 503
    except StoreError as error:
        return jsonify(ready=False, state="down", redis=str(error)), 503
    if not workers:
        said = {"workers": NO_WORKER, "problems": problems}
        return jsonify(ready=False, state="down", redis="ok", **said), 503
    if all(worker.failing for worker in workers):
        said = {"workers": ALL_FAIL, "problems": problems}
        return jsonify(ready=False, state="down", redis="ok", **said), 503
    state = "degraded" if problems else "ready"
    return jsonify(
        ready=True, state=state, redis="ok", workers=len(workers), problems=problems
    ), 200
