"""`/healthz`, `/readyz`."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from bot.services import current_services
from xinglin.bilingual import Notice
from xinglin.diagnostics import worker_problems
from xinglin.errors import StoreError
from xinglin.store.records import WorkerInfo

blueprint = Blueprint("health", __name__)
LATE_S = 10.0
CROWDED = 0.8
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
    store = current_services().store
    try:
        workers = store.models.workers()
        problems = find_problems(workers) if workers else []
    except StoreError as error:
        return jsonify(ready=False, state="down", redis=str(error)), 503
    if not workers:
        return jsonify(ready=False, state="down", redis="ok", workers=NO_WORKER), 503
    if all(worker.failing for worker in workers):
        said = {"workers": ALL_FAIL, "problems": problems}
        return jsonify(ready=False, state="down", redis="ok", **said), 503
    state = "degraded" if problems else "ready"
    return jsonify(
        ready=True, state=state, redis="ok", workers=len(workers), problems=problems
    ), 200


def find_problems(workers: list[WorkerInfo]) -> list[Notice]:
    """Return what does not stop the service and should not stay, one sentence each."""
    services = current_services()
    counts = services.store.stats.snapshot()
    found = services.store.warn_settings()
    found += worker_problems(services.store, workers)
    if counts["overdue_s"] > LATE_S:
        late = f"{counts['overdue_s']:.0f}"
        found.append(
            Notice(f"a follower's turn is {late} s overdue", f"有一位关注者的回答逾期 {late} 秒")
        )
    if paused_s := services.store.pause.left_s():
        found.append(
            Notice(
                f"the operator takes no questions for {paused_s} s more",
                f"已暂停接收提问，还有 {paused_s} 秒",
            )
        )
    if counts["waiting"] >= CROWDED * services.settings.queue_limit:
        waiting, limit = f"{counts['waiting']:.0f}", services.settings.queue_limit
        found.append(
            Notice(
                f"{waiting} messages wait of {limit} at most",
                f"有 {waiting} 条消息在等待，上限 {limit} 条",
            )
        )
    return found
