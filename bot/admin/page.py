"""The dashboard's page, and signing in and out."""

from __future__ import annotations

import logging
from pathlib import Path

from flask import Response, jsonify, make_response, render_template, request

from bot.admin.auth import (
    COOKIE,
    blueprint,
    check_origin,
    check_token,
    find_session,
    login_page,
)
from bot.admin.responses import body
from bot.console.guard import host_name, is_loopback
from bot.services import current_services

logger = logging.getLogger(__name__)


@blueprint.get("")
def page() -> str:
    """Show the dashboard to who is signed in, and everybody else where to."""
    services = current_services()
    session, account = find_session(services), services.account.current
    if session is None:
        return login_page()
    return render_template(
        "dashboard.html", csrf=session.csrf, name=account.name, avatar=account.avatar
    )


@blueprint.post("/login")
def login() -> Response:
    """Give a ticket for the admin token: {"token": "..."}; a wrong one counts as a guess."""
    check_origin()
    services = current_services()
    check_token(services, str(body().get("token", "")))
    ticket, _ = services.store.sessions.open(services.settings.admin_token)
    services.store.audit.add(what="login")
    logger.info("admin_login", extra={"address": request.remote_addr})
    answer = jsonify(ok=True)
    # On an unencrypted line the ticket goes to this machine only: elsewhere the browser drops it.
    secure = request.is_secure or not _is_this_machine()
    answer.set_cookie(COOKIE, ticket, path=_path(), httponly=True, samesite="Strict", secure=secure)
    return answer


@blueprint.post("/logout")
def logout() -> Response:
    """Take the ticket back."""
    current_services().store.sessions.close(request.cookies.get(COOKIE, ""))
    answer = make_response(jsonify(ok=True))
    answer.delete_cookie(COOKIE, path=_path(), httponly=True, samesite="Strict")
    return answer


def _is_this_machine() -> bool:
    return is_loopback(host_name(request.host))


def _path() -> str:
    return str(Path(request.script_root or "/") / "admin")
