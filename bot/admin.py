"""`/admin`: reload, status, moderation and dead letters, behind a bearer token."""

from __future__ import annotations

import hmac
import logging
import re
from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from bot.services import Services, services
from xinglin import __version__
from xinglin.errors import StoreError
from xinglin.store.records import Ack

logger = logging.getLogger(__name__)
blueprint = Blueprint("admin", __name__, url_prefix="/admin")
MODEL_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
USER_ID = re.compile(r"[0-9a-f]{8,24}")
LONGEST_SUSPENSION_H = 24 * 366
GUESSES_PER_MINUTE = 10
WAIT_S = 30.0
LONGEST_WAIT_S = 120.0


@blueprint.before_request
def _authorize() -> None:
    """Let in who has the token; an address that guessed wrong too often waits even if right."""
    own = services()
    token = own.settings.admin_token
    if not token:
        abort(404)
    address = request.remote_addr or "unknown"
    wait_s = own.store.tries.wait_s("admin", address, GUESSES_PER_MINUTE)
    if wait_s:
        abort(_too_many(wait_s))
    given = request.headers.get("Authorization", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
        own.store.tries.count("admin", address, GUESSES_PER_MINUTE)
        own.store.stats.count("admin_refused")
        logger.warning("admin_refused", extra={"address": address})
        abort(401)


def _too_many(wait_s: int) -> Response:
    answer = jsonify(error=f"too many wrong tokens from this address; wait {wait_s} s")
    answer.status_code = 429
    answer.headers["Retry-After"] = str(wait_s)
    return answer


@blueprint.errorhandler(401)
def _unauthorized(error: Exception) -> tuple[Response, int]:
    del error
    answer = jsonify(error="send Authorization: Bearer with XINGLIN_ADMIN_TOKEN")
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer, 401


@blueprint.errorhandler(StoreError)
def _store_away(error: StoreError) -> tuple[Response, int]:
    return jsonify(error=str(error)), 503


@blueprint.get("/status")
def status() -> Response:
    """Say what serves, what waits, and what was counted."""
    own = services()
    want = own.store.models.want()
    return jsonify(
        version=__version__,
        wanted=asdict(want) if want else None,
        workers=[asdict(worker) for worker in own.store.models.workers()],
        counts=own.store.stats.snapshot(),
    )


@blueprint.post("/reload")
def reload() -> tuple[Response, int]:
    """Announce a model and wait until every live worker has taken or refused it."""
    own = services()
    body: Any = request.get_json(silent=True)
    model = body.get("model") if isinstance(body, dict) else None
    if not isinstance(model, str) or not MODEL_NAME.fullmatch(model) or ".." in model:
        return jsonify(error='send {"model": "NAME"}, the name of a folder among the models'), 400
    wait_s = body.get("timeout_s", WAIT_S)
    if isinstance(wait_s, bool) or not isinstance(wait_s, (int, float)) or not wait_s >= 0:
        return jsonify(error="timeout_s must be a number of seconds"), 400
    before = own.store.models.want()
    expected = {worker.name for worker in own.store.models.workers()}
    gen = own.store.models.announce(model)
    own.store.audit.add(what="reload", model=model)
    acks = _wait_for_acks(own, gen, expected, min(float(wait_s), LONGEST_WAIT_S))
    answered = {ack.worker for ack in acks}
    alive = {worker.name for worker in own.store.models.workers()}
    ok = [ack.worker for ack in acks if ack.state == "ok"]
    failed = [{"worker": ack.worker, "error": ack.error} for ack in acks if ack.state != "ok"]
    missing = sorted((expected & alive) - answered)
    if failed and not ok:
        own.store.models.withdraw(before)
    code = 409 if failed else 503 if not (ok or missing) else 504 if missing else 200
    return jsonify(gen=gen, model=model, ok=ok, failed=failed, missing=missing), code


@blueprint.get("/dead")
def dead() -> Response:
    """List the messages that were given up; no texts."""
    return jsonify(dead=services().store.dead.entries())


@blueprint.post("/dead/<name>/requeue")
def requeue(name: str) -> tuple[Response, int]:
    """Put a message that was given up back into its user's inbox."""
    return _done("requeue", services().store.dead.requeue(name) == "queued", name)


@blueprint.delete("/dead/<name>")
def delete_dead(name: str) -> tuple[Response, int]:
    """Delete a message that was given up."""
    return _done("delete_dead", services().store.dead.delete(name), name)


@blueprint.get("/feedback")
def feedback() -> Response:
    """List feedback and complaints, with their words."""
    return jsonify(feedback=services().store.feedback.entries())


@blueprint.delete("/feedback/<name>")
def delete_feedback(name: str) -> tuple[Response, int]:
    """Delete one feedback that was dealt with."""
    return _done("delete_feedback", services().store.feedback.drop(name), name)


@blueprint.get("/audit")
def audit() -> Response:
    """List what operators and the word list did; no texts."""
    return jsonify(audit=services().store.audit.entries())


@blueprint.post("/users/<prefix>/suspend")
def suspend(prefix: str) -> tuple[Response, int]:
    """Take no questions of a user for {"hours": N} (24)."""
    body: Any = request.get_json(silent=True) or {}
    hours: Any = body.get("hours", 24) if isinstance(body, dict) else None
    number = isinstance(hours, (int, float)) and not isinstance(hours, bool)
    if not number or not 0 < hours <= LONGEST_SUSPENSION_H:
        return jsonify(error=f"hours must be a number from 0 to {LONGEST_SUSPENSION_H}"), 400
    own, user = services(), _user(prefix)
    own.store.moderation.suspend(user, max(1, int(3600 * hours)))
    return _done("suspend", True, user, hours=hours)


@blueprint.delete("/users/<prefix>/suspend")
def restore(prefix: str) -> tuple[Response, int]:
    """End a suspension."""
    user = _user(prefix)
    return _done("restore", services().store.moderation.restore(user), user)


@blueprint.delete("/users/<prefix>")
def erase(prefix: str) -> tuple[Response, int]:
    """Erase a user who asked for it elsewhere; the audit log names nobody."""
    return _done("erase", services().store.erase(_user(prefix)) > 0, "")


def _user(prefix: str) -> str:
    """Return the hashed id that a full id, or the 8 or more digits that logs show, stand for."""
    if not USER_ID.fullmatch(prefix):
        abort(_refuse("a user is 8 to 24 hexadecimal digits, as logs and lists show them", 400))
    if len(prefix) == 24:
        return prefix
    found = services().store.moderation.resolve(prefix)
    if len(found) != 1:
        abort(_refuse(f"{len(found)} users begin with {prefix}; give all 24 digits", 404))
    return found[0]


def _refuse(why: str, code: int) -> Response:
    answer = jsonify(error=why)
    answer.status_code = code
    return answer


def _done(what: str, ok: bool, whom: str, **detail: Any) -> tuple[Response, int]:
    if not ok:
        return jsonify(error="there is no such entry (any more)"), 404
    own = services()
    about = {"user": whom} if USER_ID.fullmatch(whom) and len(whom) == 24 else {"entry": whom}
    own.store.audit.add(what=what, **about, **detail)
    logger.info("admin_action", extra={"what": what, "whom": whom[:8]})
    return jsonify(ok=True, **about, **detail), 200


def _wait_for_acks(own: Services, gen: int, expected: set[str], wait_s: float) -> list[Ack]:
    deadline = own.clock() + wait_s
    while True:
        acks = own.store.models.acks(gen)
        missing = expected - {ack.worker for ack in acks}
        if missing:
            missing &= {worker.name for worker in own.store.models.workers()}
        if not missing or own.clock() >= deadline:
            return acks
        own.sleep(0.1)
