"""Another model for all workers: reload and rollback."""

from __future__ import annotations

from typing import Any

from flask import Response, jsonify

from bot.admin.auth import blueprint
from bot.admin.responses import body
from bot.rollout import previous_model, roll_out
from bot.services import current_services
from xinglin.store.operations.model_registry import is_model_name

WAIT_S = 30.0
LONGEST_WAIT_S = 120.0
_CODES = {"ok": 200, "failed": 409, "missing": 504}


@blueprint.post("/reload")
def reload() -> tuple[Response, int]:
    """Announce a model and wait until every live worker has taken or refused it."""
    fields = body()
    model = fields.get("model")
    if not is_model_name(model):
        return jsonify(error='send {"model": "NAME"}, the name of a folder among the models'), 400
    return _announce(str(model), fields, "reload")


@blueprint.post("/rollback")
def rollback() -> tuple[Response, int]:
    """Announce the model that served before this one."""
    model = previous_model(current_services())
    if model is None:
        return jsonify(error="no other model served before this one"), 409
    return _announce(model, body(), "rollback")


def _announce(model: str, fields: dict[str, Any], what: str) -> tuple[Response, int]:
    wait_s = fields.get("timeout_s", WAIT_S)
    if isinstance(wait_s, bool) or not isinstance(wait_s, (int, float)) or not wait_s >= 0:
        return jsonify(error="timeout_s must be a number of seconds"), 400
    services = current_services()
    services.store.audit.add(what=what, model=model)
    done = roll_out(services, model, min(float(wait_s), LONGEST_WAIT_S))
    failed = [{"worker": ack.worker, "error": ack.error} for ack in done.failed]
    said = {"ok": done.ok, "failed": failed, "missing": done.missing, "withdrawn": done.withdrawn}
    nobody = not (done.ok or done.failed or done.missing)
    code = 503 if nobody else _CODES[done.result]
    return jsonify(gen=done.gen, model=model, **said), code
