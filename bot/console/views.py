"""The console's page, and the two calls by which it plays the platform."""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, jsonify, render_template, request, url_for

from bot.console.guard import is_foreign, refusal
from bot.json_body import read_json
from bot.services import current_services
from xinglin.errors import MessageError, SignatureError
from xinglin.wechat.messages import CONSOLE_FOLLOWER, parse
from xinglin.wechat.replies import cdata, event_push, media_push, shown, text_push

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
_MESSAGE = re.compile(r"[0-9a-f]{1,32}")
EVENTS = {"subscribe": "subscribe", "unsubscribe": "unsubscribe", "click": "CLICK", "view": "VIEW"}
MEDIA = ("voice", "image", "video", "shortvideo", "location", "link")


@blueprint.before_request
def _guard() -> tuple[Response, int] | None:
    services = current_services()
    if not services.shows_console:
        return jsonify(error="the console is off: set XINGLIN_CONSOLE=1 and restart"), 404
    if services.settings.console_public:
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
    services = current_services()
    return render_template(
        "console.html", mode=services.envelope.mode, account=services.account.current
    )


@blueprint.post("/compose")
def compose() -> Response:
    """Return a push signed as the platform signs it: {url, body, message_id}.

    Its signature is tied to this body before it leaves: with another body it is refused. And only
    the console's own followers can speak so, whoever gets here.
    """
    body = json_object()
    follower, kind = str(body.get("follower", "")), str(body.get("kind", "text"))
    if not _FOLLOWER.fullmatch(follower):
        raise MessageError("follower must be 4 to 64 letters, digits, _ or -")
    if not follower.startswith(CONSOLE_FOLLOWER):
        raise MessageError(f"follower must begin with {CONSOLE_FOLLOWER}")
    services = current_services()
    if not (
        services.development
        or services.settings.signature_age_s
        or services.envelope.mode == "safe"
    ):
        raise MessageError("with XINGLIN_SIGNATURE_AGE_S=0 a composed push could be used for ever")
    message_id = str(body.get("message_id") or 10**16 + secrets.randbelow(10**15))
    if not re.fullmatch("[0-9]{1,19}", message_id):
        raise MessageError("message_id must be a number")
    text = str(body.get("text", ""))
    if kind == "text":
        xml = text_push(follower, ACCOUNT, text, message_id, now=services.now())
    elif kind in EVENTS:
        xml = event_push(follower, ACCOUNT, EVENTS[kind], key=text, now=services.now())
    elif kind in MEDIA:
        xml = media_push(follower, ACCOUNT, kind, text, message_id, now=services.now())
    else:
        raise MessageError(f"kind must be one of text, {', '.join((*EVENTS, *MEDIA))}")
    query, sealed = services.envelope.seal_push(xml, encrypted=bool(body.get("safe")))
    opened = services.envelope.open(query, sealed.encode())
    services.store.admission.tie(proofs=opened.proofs, carried=opened.carried)
    query["openid"] = follower
    return jsonify(
        url=f"/wechat?{urlencode(query)}",
        body=sealed,
        xml=xml,
        message_id=message_id,
        # The platform numbers messages; for events the service makes the number itself.
        trace_id=parse(opened.fields).dedupe_id,
    )


@blueprint.post("/open")
def open_reply() -> Response:
    """Return what a follower reads in a reply: {text, xml}, "" for a bare acknowledgement.

    Only what goes to the console's own followers: the key opens real ones' messages as well.
    """
    reply = str(json_object().get("body", ""))
    if reply in ("", "success"):
        return jsonify(text="", fields={}, xml="")
    fields = current_services().envelope.open_reply(reply)
    if not fields.get("ToUserName", CONSOLE_FOLLOWER).startswith(CONSOLE_FOLLOWER):
        raise MessageError("only replies to the console's own followers are opened")
    xml = "".join(f"<{name}>{cdata(value)}</{name}>" for name, value in fields.items())
    return jsonify(text=shown(fields), fields=fields, xml=f"<xml>{xml}</xml>")


@blueprint.get("/trace/<follower>/<message_id>")
def trace(follower: str, message_id: str) -> tuple[Response, int]:
    """Return what the web side did about a message of the console's follower: {tries}.

    With it the worker's story of the reply, once it is known.
    """
    if not follower.startswith(CONSOLE_FOLLOWER) or not _MESSAGE.fullmatch(message_id):
        return jsonify(error="only the console's own followers are traced"), 404
    store = current_services().store
    user = store.user_key(follower)
    story = store.traces.read(user, message_id)
    tries = [json.loads(row) for row in store.traces.tries(user, message_id)]
    if story is None and not tries:
        return jsonify(error="nothing is known of this message"), 404
    seen = {"tries": tries} if tries else {}
    return jsonify(**(json.loads(story) if story else {}), **seen), 200


@blueprint.get("/handover/<follower>")
def handover(follower: str) -> tuple[Response, int]:
    """Return who has the conversation of the console's follower: {state, reason, until, desk}.

    `state` is "" while the bot has it; `desk` is where a person answers, "" where there is none.
    """
    if not follower.startswith(CONSOLE_FOLLOWER) or not _FOLLOWER.fullmatch(follower):
        return jsonify(error="only the console's own followers are shown"), 404
    services = current_services()
    held = services.store.handovers.read(services.store.user_key(follower))
    desk = url_for("desk.people") if services.shows_desk else ""
    told = {"state": held.state, "reason": held.reason, "until": held.until} if held else {}
    return jsonify({"state": "", "desk": desk, "now": services.now()} | told), 200


def json_object() -> dict[str, Any]:
    """Return the request's body.

    Raises:
        MessageError: it is no JSON object.
    """
    found = read_json(request)
    if not isinstance(found, dict):
        raise MessageError("send a JSON object")
    return found
