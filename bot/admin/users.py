"""One user by hashed id: look, export, suspend, erase."""

from __future__ import annotations

import re

from flask import Response, abort, jsonify

from bot.admin.auth import blueprint, body, done, number, refusal
from bot.services import current_services

USER_ID = re.compile(r"[0-9a-f]{8,24}")
LONGEST_SUSPENSION_H = 24 * 366


@blueprint.get("/users/<prefix>")
def inspect(prefix: str) -> Response:
    """Say what is kept of a user, without the words."""
    return jsonify(current_services().store.inspect(_user(prefix)))


@blueprint.post("/users/<prefix>/export")
def export(prefix: str) -> Response:
    """Hand out everything that is kept of a user who asked for it elsewhere; it is noted."""
    services, user = current_services(), _user(prefix)
    found = services.store.export(user)
    done("export", True, user)
    answer = jsonify(user=user, **found)
    answer.headers["Content-Disposition"] = f'attachment; filename="xinglin-{user[:8]}.json"'
    return answer


@blueprint.post("/users/<prefix>/suspend")
def suspend(prefix: str) -> tuple[Response, int]:
    """Take no questions of a user for {"hours": N} (24)."""
    hours = number(body(), "hours", 24, LONGEST_SUSPENSION_H)
    services, user = current_services(), _user(prefix)
    services.store.moderation.suspend(user, max(1, int(3600 * hours)))
    return done("suspend", True, user, hours=hours)


@blueprint.delete("/users/<prefix>/suspend")
def restore(prefix: str) -> tuple[Response, int]:
    """End a suspension."""
    user = _user(prefix)
    return done("restore", current_services().store.moderation.restore(user), user)


@blueprint.delete("/users/<prefix>")
def erase(prefix: str) -> tuple[Response, int]:
    """Erase a user who asked for it elsewhere; the audit log names nobody."""
    return done("erase", current_services().store.erase(_user(prefix)) > 0, "")


def _user(prefix: str) -> str:
    """Return the hashed id that a full id, or the 8 or more digits that logs show, stand for."""
    if not USER_ID.fullmatch(prefix):
        abort(refusal("a user is 8 to 24 hexadecimal digits, as logs and lists show them", 400))
    if len(prefix) == 24:
        return prefix
    found = current_services().store.moderation.resolve(prefix)
    if len(found) != 1:
        abort(refusal(f"{len(found)} users begin with {prefix}; give all 24 digits", 404))
    return found[0]
