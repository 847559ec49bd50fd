"""The service as a whole: status, pause, resume, and the draining of a worker."""

from __future__ import annotations

from dataclasses import asdict

from flask import Response, jsonify

from bot.admin.auth import blueprint
from bot.admin.responses import body, done, number
from bot.services import current_services
from xinglin import __version__
from xinglin.account.standing import account_facts
from xinglin.diagnostics import worker_problems

LONGEST_PAUSE_H = 24 * 7


@blueprint.get("/status")
def status() -> Response:
    """Say what serves, what waits, and what was counted."""
    services = current_services()
    want, workers = services.store.models.want(), services.store.models.workers()
    return jsonify(
        version=__version__,
        wanted=asdict(want) if want else None,
        workers=[asdict(worker) for worker in workers],
        problems=worker_problems(services.store, workers),
        counts=services.store.stats.snapshot(),
        account=account_facts(services.store, workers),
    )


@blueprint.post("/pause")
def pause() -> tuple[Response, int]:
    """Take no questions for {"hours": N} (1); what was accepted is answered."""
    hours = number(body(), "hours", 1, LONGEST_PAUSE_H)
    current_services().store.pause.begin(int(3600 * hours))
    return done("pause", True, "", hours=hours)


@blueprint.post("/resume")
def resume() -> tuple[Response, int]:
    """Take questions again."""
    return done("resume", current_services().store.pause.end(), "")


@blueprint.post("/workers/<name>/drain")
def drain(name: str) -> tuple[Response, int]:
    """Ask a worker to finish its turns and end; a supervisor may start it anew."""
    services = current_services()
    if name not in {worker.name for worker in services.store.models.workers()}:
        return jsonify(error="no worker of that name is alive"), 404
    said = services.store.worker_control.ask_once(name)
    if said == "unreachable":
        return jsonify(error="the worker does not listen; send SIGTERM to its process"), 409
    if said == "asked_before":
        return jsonify(error="the worker was asked a moment ago; give it time"), 409
    return done("drain", True, name)
