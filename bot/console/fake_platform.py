"""The platform's API, played for a developer: tokens, and messages to the console's followers.

On with `XINGLIN_WECHAT_ACCOUNT=service` and no secret, in development only: the service then calls
the console as it would call the platform, and what it sends shows up in the chat.
"""

from __future__ import annotations

import hmac
import secrets
import threading
from collections import OrderedDict, deque
from dataclasses import asdict, dataclass, replace
from typing import Any

from flask import Response, current_app, jsonify, request
from flask.blueprints import BlueprintSetupState

from bot.console.views import blueprint, json_object
from bot.services import current_services
from xinglin.settings import Settings

PATH = "/console/api"
TOKEN_S = 7200
_KEY = "xinglin.fake_platform"
_MOST_FOLLOWERS, _MOST_MESSAGES = 100, 20
_DAILY = 100_000
Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Pushed:
    """A customer-service message.

    Attributes:
        text: what the follower reads.
        generated: it came marked as AI's.
        at: seconds since the epoch.
    """

    text: str
    generated: bool
    at: float


class FakePlatform:
    """State of the platform: the newest token, which alone is good, and undelivered messages."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._token = ""
        self._sent = 0
        self._messages: OrderedDict[str, deque[Pushed]] = OrderedDict()

    def token(self, *, force: bool) -> str:
        """Return the token; a new one when there is none, or when it is forced."""
        with self._lock:
            if force or not self._token:
                self._token = secrets.token_urlsafe(24)
            return self._token

    def knows(self, token: str) -> bool:
        """Return whether a call comes with the newest token."""
        with self._lock:
            return bool(self._token) and hmac.compare_digest(token.encode(), self._token.encode())

    def push(self, follower: str, message: Pushed) -> None:
        """Keep a message until the follower's phone asks for it."""
        with self._lock:
            self._sent += 1
            box = self._messages.setdefault(follower, deque(maxlen=_MOST_MESSAGES))
            self._messages.move_to_end(follower)
            box.append(message)
            while len(self._messages) > _MOST_FOLLOWERS:
                self._messages.popitem(last=False)

    def collect(self, follower: str) -> list[Pushed]:
        """Return what has come since the last time."""
        with self._lock:
            return list(self._messages.pop(follower, ()))

    @property
    def sent(self) -> int:
        """Messages taken so far."""
        with self._lock:
            return self._sent


@blueprint.record
def _begin(state: BlueprintSetupState) -> None:
    state.app.extensions[_KEY] = FakePlatform()


def use_fake_platform(settings: Settings, port: str) -> Settings:
    """Return the settings of a service whose platform is this console, if that is asked for."""
    configured = settings.wechat_app_id or settings.wechat_app_secret
    if settings.wechat_account != "service" or configured:
        return settings
    return replace(settings, wechat_api_base=f"http://127.0.0.1:{port}{PATH}")


def is_faked() -> bool:
    """Return whether the service calls this console."""
    services = current_services()
    return services.development and services.settings.wechat_api_base.endswith(PATH)


@blueprint.get("/pushed/<follower>")
def pushed(follower: str) -> tuple[Response, int]:
    """Return the customer-service messages that a follower has not got yet: {messages}."""
    if not is_faked():
        return jsonify(error="the platform is not played here"), 404
    found = [asdict(message) for message in _platform().collect(follower)]
    return jsonify(messages=found), 200


@blueprint.post("/api/cgi-bin/<path:call>")
def api(call: str) -> tuple[Response, int]:
    """Answer a call as the platform does; errors too come with 200."""
    if not is_faked():
        return jsonify(error="the platform is not played here"), 404
    return jsonify(_answer(call, json_object())), 200


def _answer(call: str, body: Answer) -> Answer:
    platform = _platform()
    if call == "stable_token":
        return _give_token(platform, body)
    if not platform.knows(request.args.get("access_token", "")):
        return _error(40001, "invalid credential, access_token is invalid or not latest")
    if call == "message/custom/send":
        return _take(platform, body)
    if call == "openapi/quota/get":
        left = max(0, _DAILY - platform.sent)
        figures = {"daily_limit": _DAILY, "used": platform.sent, "remain": left}
        return _error(0, "ok") | {"quota": figures}
    if call in ("message/custom/typing", "menu/create"):
        return _error(0, "ok")
    return _error(48001, "the console does not play this call")


def _give_token(platform: FakePlatform, body: Answer) -> Answer:
    settings = current_services().settings
    if body.get("appid") != settings.wechat_app_id:
        return _error(40013, "invalid appid")
    secret = str(body.get("secret", "")).encode("utf-8", "replace")
    if not hmac.compare_digest(secret, settings.wechat_app_secret.encode()):
        return _error(40125, "invalid appsecret")
    token = platform.token(force=body.get("force_refresh") is True)
    return {"access_token": token, "expires_in": TOKEN_S}


def _take(platform: FakePlatform, body: Answer) -> Answer:
    follower, text = body.get("touser"), body.get("text")
    content = text.get("content") if isinstance(text, dict) else None
    if not isinstance(follower, str) or not isinstance(content, str) or not content:
        return _error(44004, "empty content")
    marked = body.get("aimsgcontext")
    generated = isinstance(marked, dict) and bool(marked.get("is_ai_msg"))
    platform.push(follower, Pushed(content, generated, current_services().now()))
    return _error(0, "ok")


def _error(code: int, text: str) -> Answer:
    return {"errcode": code, "errmsg": text}


def _platform() -> FakePlatform:
    found: FakePlatform = current_app.extensions[_KEY]
    return found
