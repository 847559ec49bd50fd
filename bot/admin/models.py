"""What serves: status, reload, rollback, drain, pause."""

from __future__ import annotations

import re
from dataclasses import asdict
from typing import Any

from flask import Response, jsonify

from bot.admin.auth import blueprint, body, done, number
from bot.rollout import roll_out
from bot.services import Services, current_services
from xinglin import __version__
from xinglin.diagnostics import worker_problems

MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
WAIT_S = 30.0
LONGEST_WAIT_S = 120.0
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
    )


@blueprint.post("/reload")
def reload() -> tuple[Response, int]:
    """Announce a model and wait until every live worker has taken or refused it."""
    fields = body()
    model = fields.get("model")
    if not isinstance(model, str) or not MODEL_NAME.fullmatch(model) or ".." in model:
        return jsonify(error='send {"model": "NAME"}, the name of a folder among the models'), 400
    return _announce(model, fields, "reload")


@blueprint.post("/rollback")
def rollback() -> tuple[Response, int]:
    """Announce the model that served before this one."""
    model = previous_model(current_services())
    if model is None:
        return jsonify(error="no other model served before this one"), 409
    return _announce(model, body(), "rollback")


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


def previous_model(services: Services) -> str | None:
    """Return the model to come back to: the last other one that every worker took."""
    want = services.store.models.want()
    now = want.name if want else services.settings.model
    others = [name for name in services.store.models.past() if name != now]
    return next(iter(others), services.settings.model if services.settings.model != now else None)


def _announce(model: str, fields: dict[str, Any], what: str) -> tuple[Response, int]:
    wait_s = fields.get("timeout_s", WAIT_S)
    if isinstance(wait_s, bool) or not isinstance(wait_s, (int, float)) or not wait_s >= 0:
        return jsonify(error="timeout_s must be a number of seconds"), 400
    services = current_services()
    services.store.audit.add(what=what, model=model)
    done = roll_out(services, model, min(float(wait_s), LONGEST_WAIT_S))
    ok, missing = done.ok, done.missing
    failed = [{"worker": ack.worker, "error": ack.error} for ack in done.failed]
    code = 409 if failed else 503 if not (ok or missing) else 504 if missing else 200
    if code == 200:
        services.store.models.note(model)
    result = "ok" if code == 200 else "failed" if failed else "missing"
    services.store.stats.count(f"reload_{result}")
    said = {"ok": ok, "failed": failed, "missing": missing, "withdrawn": done.withdrawn}
    return jsonify(gen=done.gen, model=model, **said), code
