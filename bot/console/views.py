"""The console's page, and the two calls by which it plays the platform."""

from __future__ import annotations

import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, render_template, request

from bot.console.guard import is_foreign, refusal
from bot.services import services
from xinglin.errors import MessageError, SignatureError
from xinglin.wechat.messages import CONSOLE_FOLLOWER
from xinglin.wechat.replies import event_push, media_push, text_push

HERE = Path(__file__).parent
blueprint = Blueprint(
    "console",
    __name__,
    url_prefix="/console",
    template_folder=str(HERE / "templates"),
    static_folder=str(HERE / "static"),
)
ACCOUNT = "gh_xinglin_console"
_FOLLOWER = re.compile(r"[A-Za-z0-9_-]{4,64}")
_EVENTS = ("subscribe", "unsubscribe")


@blueprint.before_request
def _guard() -> tuple[Response, int] | None:
    if services().settings.console_public:
        return None
    protocol = request.environ.get("SERVER_PROTOCOL", "")
    why = refusal(request.remote_addr or "", request.host, request.headers.keys(), protocol)
    return (jsonify(error=why), 403) if why else None


@blueprint.before_request
def _same_origin() -> tuple[Response, int] | None:
    origin, fetch_site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if request.method == "POST" and is_foreign(origin, fetch_site, request.host):
        return jsonify(error="the request comes from another page"), 403
    return None


@blueprint.errorhandler(MessageError)
@blueprint.errorhandler(SignatureError)
def _explain(error: Exception) -> tuple[Response, int]:
    return jsonify(error=str(error)), 400


@blueprint.get("")
def page() -> str:
    """Show the chat."""
    settings = services().settings
    return render_template("console.html", safe_mode=bool(settings.wechat_aes_key))


@blueprint.post("/compose")
def compose() -> Response:
    """Return a push signed as the platform signs it: {url, body, message_id}."""
    body = _object()
    follower, kind = str(body.get("follower", "")), str(body.get("kind", "text"))
    if not _FOLLOWER.fullmatch(follower):
        raise MessageError("follower must be 4 to 64 letters, digits, _ or -")
    own = services()
    if not own.development and not follower.startswith(CONSOLE_FOLLOWER):
        # Whoever gets here on a real account can still not speak for its followers.
        raise MessageError(f"on a configured account follower must begin with {CONSOLE_FOLLOWER}")
    message_id = str(body.get("message_id") or 10**16 + secrets.randbelow(10**15))
    if not message_id.isdigit():
        raise MessageError("message_id must be a number")
    text = str(body.get("text", ""))
    if kind == "text":
        xml = text_push(follower, ACCOUNT, text, message_id, now=own.now())
    elif kind in _EVENTS:
        xml = event_push(follower, ACCOUNT, kind, now=own.now())
    else:
        xml = media_push(follower, ACCOUNT, kind, text, message_id, now=own.now())
    query, sealed = own.envelope.seal_push(xml, encrypted=bool(body.get("safe")))
    query["openid"] = follower
    return jsonify(url=f"/wechat?{urlencode(query)}", body=sealed, xml=xml, message_id=message_id)


@blueprint.post("/open")
def open_reply() -> Response:
    """Return what a follower reads in a reply: {text}, "" for a bare acknowledgement."""
    reply = str(_object().get("body", ""))
    if reply in ("", "success"):
        return jsonify(text="", fields={})
    fields = services().envelope.open_reply(reply)
    return jsonify(text=fields.get("Content", ""), fields=fields)


@blueprint.get("/trace/<follower>/<message_id>")
def trace(follower: str, message_id: str) -> tuple[Response, int]:
    """Return how the reply to a message of the console's follower came about, once it is known."""
    if not follower.startswith(CONSOLE_FOLLOWER) or not message_id.isdigit():
        return jsonify(error="only the console's own followers are traced"), 404
    store = services().store
    story = store.traces.read(store.user_key(follower), message_id)
    if story is None:
        return jsonify(error="nothing is known of this reply"), 404
    return Response(story, mimetype="application/json"), 200


def _object() -> dict[str, Any]:
    found = request.get_json(silent=True)
    if not isinstance(found, dict):
        raise MessageError("send a JSON object")
    return found
