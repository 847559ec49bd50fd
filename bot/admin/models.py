"""Another model for all workers: reload and rollback."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, jsonify

from bot.admin.auth import blueprint
from bot.admin.responses import body
from bot.rollout import roll_out
from bot.services import Services, current_services

MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
WAIT_S = 30.0
LONGEST_WAIT_S = 120.0


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
    services.store.metrics.count("model_reload", result)
    said = {"ok": ok, "failed": failed, "missing": missing, "withdrawn": done.withdrawn}
    return jsonify(gen=done.gen, model=model, **said), code
