"""Who gets in: programs with a bearer token, browsers with the ticket they got for it."""

from __future__ import annotations

import hmac
import logging
import re
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from bot.console.guard import is_foreign
from bot.json_body import read_json
from bot.services import Services, current_services
from xinglin.errors import StoreError
from xinglin.store.operations.sessions import Session

logger = logging.getLogger(__name__)
HERE = Path(__file__).parent
blueprint = Blueprint(
    "admin",
    __name__,
    url_prefix="/admin",
    template_folder=str(HERE / "templates"),
    static_folder=str(HERE / "static"),
)
GUESSES_PER_MINUTE = 10
COOKIE = "xinglin_admin"
CSRF_HEADER = "X-Xinglin-Csrf"
OFF = "the dashboard is off: set XINGLIN_ADMIN_TOKEN and restart the web side"
WHOLE_ID = re.compile(r"[0-9a-f]{24}")
_OPEN = frozenset({"admin.page", "admin.login", "admin.static"})
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


@blueprint.before_request
def _authorize() -> None:
    services = current_services()
    if not services.settings.admin_token:
        abort(refusal(OFF, 404))
    if request.endpoint in _OPEN:
        return
    if "Authorization" not in request.headers and COOKIE in request.cookies:
        _check_session(services)
    else:
        given = request.headers.get("Authorization", "")
        check_token(services, given.removeprefix("Bearer ") if given.startswith("Bearer ") else "")


def check_token(services: Services, given: str) -> None:
    """Let in who has the token; an address that guessed wrong too often waits even if right."""
    address = request.remote_addr or "unknown"
    if wait_s := services.store.rate_limiter.wait_s("admin", address, GUESSES_PER_MINUTE):
        answer = refusal(f"too many wrong tokens from this address; wait {wait_s} s", 429)
        answer.headers["Retry-After"] = str(wait_s)
        abort(answer)
    if not hmac.compare_digest(given.encode(), services.settings.admin_token.encode()):
        services.store.rate_limiter.count("admin", address, GUESSES_PER_MINUTE)
        services.store.stats.count("admin_refused")
        logger.warning("admin_refused", extra={"address": address})
        abort(401)


def find_session(services: Services) -> Session | None:
    """Return the session of the browser that asks."""
    ticket = request.cookies.get(COOKIE, "")
    return services.store.sessions.find(ticket, services.settings.admin_token) if ticket else None


def check_origin() -> None:
    """Refuse what another site's page sends."""
    origin, fetch_site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if is_foreign(origin, fetch_site, request.host):
        abort(refusal("the request comes from another page", 403))


def _check_session(services: Services) -> None:
    """A ticket travels with every request of the browser, so a change needs more than that."""
    session = find_session(services)
    if session is None:
        abort(401)
    if request.method in _READING:
        return
    check_origin()
    given = request.headers.get(CSRF_HEADER, "")
    if not hmac.compare_digest(given.encode(), session.csrf.encode()):
        abort(refusal(f"send {CSRF_HEADER} as the page has it; reload the page", 403))


@blueprint.errorhandler(401)
def _unauthorized(error: Exception) -> tuple[Response, int]:
    del error
    answer = jsonify(error="send Authorization: Bearer with XINGLIN_ADMIN_TOKEN, or sign in")
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer, 401


@blueprint.errorhandler(StoreError)
def _store_away(error: StoreError) -> tuple[Response, int]:
    return jsonify(error=str(error)), 503


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
