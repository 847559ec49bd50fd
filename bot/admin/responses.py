"""JSON answers of the admin calls, and the fields of their requests."""

from __future__ import annotations

import logging
import re
from typing import Any

from flask import Response, abort, jsonify, request

from bot.json_body import read_json
from bot.services import current_services

logger = logging.getLogger(__name__)

WHOLE_ID = re.compile(r"[0-9a-f]{24}")


def refusal(why: str, code: int) -> Response:
    """Return an answer that says why not."""
    answer = jsonify(error=why)
    answer.status_code = code
    return answer


def done(what: str, ok: bool, whom: str, **detail: Any) -> tuple[Response, int]:
    """Note what an operator did, and say so."""
    if not ok:
        return jsonify(error="there is no such entry (any more)"), 404
    services = current_services()
    about = {"user": whom} if WHOLE_ID.fullmatch(whom) else {"entry": whom}
    services.store.audit.add(what=what, **about, **detail)
    logger.info("admin_action", extra={"what": what, "whom": whom[:8]})
    return jsonify(ok=True, **about, **detail), 200


def body() -> dict[str, Any]:
    """Return the JSON object of the request; empty when there is none; refuses anything else."""
    found: Any = read_json(request)
    if found is None:
        return {}
    if not isinstance(found, dict):
        abort(refusal("send a JSON object", 400))
    return found


def number(fields: dict[str, Any], name: str, default: float, most: float) -> float:
    """Return a number above 0 from a request; refuses anything else."""
    value: Any = fields.get(name, default)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not 0 < value <= most:
        abort(refusal(f"{name} must be a number from 0 to {most:g}", 400))
    return float(value)
