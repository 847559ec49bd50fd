"""The app factory."""

from __future__ import annotations

import atexit
import logging
import os
import sys
from contextlib import suppress

from flask import Flask, Response, jsonify, request
from werkzeug.middleware.proxy_fix import ProxyFix

from bot import admin, console, desk, health, metrics_exporter, pages, webhook
from bot.json_body import BadBody
from bot.notes_check import check_notes
from bot.services import Services, attach, open_envelope
from xinglin import log
from xinglin.account import AccountHolder, find_folder
from xinglin.account.watcher import FolderWatcher
from xinglin.blocklist import BlockList
from xinglin.embedded import attach as attach_embedded
from xinglin.errors import StoreUnavailable, XinglinError, told
from xinglin.safety.signs import read_signs
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.wechat.flatxml import BODY_LIMIT_BYTES

logger = logging.getLogger(__name__)


def create_app(settings: Settings | None = None) -> Flask:
    """Make the web app; without a Redis address it starts (or joins) the embedded one.

    Raises:
        SettingsError: a setting cannot be used.
        EmbeddedError: the embedded Redis cannot be started.
        HistoryKeyError: the history key does not open what is kept.
    """
    settings = settings or Settings.from_env()
    log.configure(settings)
    development = not settings.redis_url
    if development:
        port = _port()
        attachment = attach_embedded(console.fake_platform.use_fake_platform(settings, port))
        atexit.register(attachment.release)
        settings = attachment.settings
        _print_address(port)
    if settings.backend == "echo":
        logger.warning("echo_backend: every answer repeats the question; for load tests only")
    for sentence in settings.warnings():
        logger.warning("settings", extra={"advice": sentence})
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT_BYTES
    app.json.ensure_ascii = False  # type: ignore[attr-defined]
    if settings.trusted_proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=settings.trusted_proxies, x_proto=0
        )
    services = _open_services(settings, development=development)
    attach(app, services)
    services.account.start()
    if development:
        folder = find_folder(settings.account)
        FolderWatcher(folder, services.store, services.account, check_notes).start()
    for room in (webhook, admin, desk, health, metrics_exporter, pages, console):
        app.register_blueprint(room.blueprint)
    app.register_error_handler(BadBody, _refuse_body)
    app.after_request(_harden)
    return app


def refuse_unusable() -> None:
    """End the process with status 2 and a sentence where `create_app` could make no app.

    For a server that starts processes of the app, and others in place of those that ended.
    """
    try:
        settings = Settings.from_env()
        if settings.redis_url:
            _open_services(settings, development=False).store.close()
    except XinglinError as error:
        sys.stderr.write(f"xinglin: {told(error)}\n")
        sys.exit(2)


def _open_services(settings: Settings, *, development: bool) -> Services:
    envelope = open_envelope(settings, age_s=settings.signature_age_s)
    read_signs()  # a broken package fails now, and the first message need not wait for it
    words = BlockList(settings.blocked_words)
    store = Store.open(settings)
    with suppress(StoreUnavailable):  # the worker sees to it before any text is read
        store.verify_history_key()
    account = AccountHolder(settings, store, "web")
    settings = account.applied_to(settings)
    return Services(settings, store, envelope, words, account, development)


def _refuse_body(error: BadBody) -> tuple[Response, int]:
    return jsonify(error=str(error)), 400


_STATIC = ("admin.static", "console.static", "desk.static")
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


def _harden(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if request.blueprint in ("admin", "console", "desk") and request.endpoint not in _STATIC:
        response.headers["Cache-Control"] = "no-store"
    return response


def _port() -> str:
    """Return the port that the development server will listen on."""
    arguments = sys.argv[1:]
    port = os.environ.get("FLASK_RUN_PORT", "5000")
    for flag in ("-p", "--port"):
        if flag in arguments[:-1]:
            port = arguments[arguments.index(flag) + 1]
    return port


def _print_address(port: str) -> None:
    if "run" in sys.argv[1:]:
        sys.stderr.write(f"\n  杏林 Xinglin: chat at http://127.0.0.1:{port}/console\n\n")
