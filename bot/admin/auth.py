"""Admission to `/admin`: programs by a bearer token, browsers by the ticket they got for it."""

from __future__ import annotations

import hmac
import logging
from pathlib import Path

from flask import Blueprint, Response, abort, jsonify, make_response, render_template, request

from bot.admin.responses import refusal
from bot.console.guard import is_foreign
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
_OPEN = frozenset({"admin.page", "admin.login", "admin.static", "desk.static"})
_READING = frozenset({"GET", "HEAD", "OPTIONS"})


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
        services.store.metrics.count("admin_refused")
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


def login_page() -> str:
    """Return the page on which one signs in; it leads back to where it was shown."""
    account = current_services().account.current
    return render_template("login.html", name=account.name, avatar=account.avatar)


def _wants_page() -> bool:
    """Return whether a browser asks for a page, not a program for its figures."""
    accepted = request.accept_mimetypes.best_match(["application/json", "text/html"])
    return request.method == "GET" and accepted == "text/html"


def _unauthorized(error: Exception) -> tuple[Response, int]:
    del error
    if _wants_page() and "Authorization" not in request.headers:
        return make_response(login_page()), 401
    answer = jsonify(error="send Authorization: Bearer with XINGLIN_ADMIN_TOKEN, or sign in")
    answer.headers["WWW-Authenticate"] = "Bearer"
    return answer, 401


def _store_away(error: StoreError) -> tuple[Response, int]:
    return jsonify(error=str(error)), 503


def guard(room: Blueprint) -> None:
    """Let only who may into a blueprint, and answer there what is refused."""
    room.before_request(_authorize)
    room.register_error_handler(401, _unauthorized)
    room.register_error_handler(StoreError, _store_away)


guard(blueprint)
