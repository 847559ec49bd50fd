"""Calls to the platform's API: customer-service messages, with one shared access token."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlencode

from xinglin.errors import PlatformBusy, PlatformRefused
from xinglin.settings import Settings

if TYPE_CHECKING:
    from xinglin.wechat.transport import Transport

LONGEST_TOKEN = 2048
LONGEST_TOKEN_S = 7200
STALE_TOKEN = frozenset({40001, 40014, 42001})
BUSY = frozenset({-1, 45011})

Fetch = Callable[[bool], tuple[str, int]]


class Tokens(Protocol):
    """Keeper of the access token for all processes."""

    def token(self, fetch: Fetch, *, stale: str | None = None) -> str:
        """Return a token that is not `stale`; calls `fetch` at most once at a time in all."""


@dataclass(frozen=True, slots=True)
class Quota:
    """Daily quota of one call, and how much is left."""

    daily_limit: int
    used: int
    remain: int


class WechatClient:
    """Sends customer-service messages."""

    def __init__(self, settings: Settings, tokens: Tokens) -> None:
        self._base = settings.wechat_api_base.rstrip("/")
        self._app_id, self._secret = settings.wechat_app_id, settings.wechat_app_secret
        self._tokens = tokens

    @cached_property
    def _transport(self) -> Transport:
        # Imported with the first call: a worker that has nothing to send starts the sooner.
        from xinglin.wechat.transport import Transport

        return Transport()

    def close(self) -> None:
        """Let go of the connections."""
        self._transport.close()

    def send_text(self, openid: str, text: str, *, generated: bool) -> None:
        """Send a text to a follower.

        Raises:
            PlatformBusy: try again later.
            PlatformRefused: the platform will not take it (window over, quota used up, ...).
        """
        body: dict[str, object] = {"touser": openid, "msgtype": "text", "text": {"content": text}}
        if generated:
            body["aimsgcontext"] = {"is_ai_msg": 1}
        self._call("/cgi-bin/message/custom/send", body)

    def check(self) -> None:
        """See that the platform gives this account a token; raises as `send_text` does."""
        self._tokens.token(self._fetch_token)

    def steal_token(self) -> None:
        """Make the kept token worthless, as another program on the same account does.

        The platform forces a new token at most 20 times a day; raises as `send_text` does.
        """
        self._fetch_token(force=True)

    def create_menu(self, menu: dict[str, object]) -> None:
        """Replace the account's menu; raises as `send_text` does."""
        self._call("/cgi-bin/menu/create", menu)

    def quota(self, path: str) -> Quota:
        """Return how often a call may be made today; raises as `send_text` does."""
        answer = self._call("/cgi-bin/openapi/quota/get", {"cgi_path": path})
        found = answer.get("quota")
        if not isinstance(found, dict):
            raise PlatformBusy("the platform named no quota")
        return Quota(*(_count(found, name) for name in ("daily_limit", "used", "remain")))

    def _call(self, path: str, body: dict[str, object]) -> dict[str, Any]:
        token = self._tokens.token(self._fetch_token)
        answer = self._post(path, body, token)
        code, text = self._result(answer)
        if code in STALE_TOKEN:
            token = self._tokens.token(self._fetch_token, stale=token)
            answer = self._post(path, body, token)
            code, text = self._result(answer)
        if code in BUSY or code in STALE_TOKEN:
            raise PlatformBusy(f"{path} answered {code}: {text}", code)
        if code:
            raise PlatformRefused(f"{path} answered {code}: {text}", code)
        return answer

    def _fetch_token(self, force: bool) -> tuple[str, int]:
        body: dict[str, object] = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": self._secret,
            "force_refresh": force,
        }
        answer = self._post("/cgi-bin/stable_token", body, None)
        token, expires = answer.get("access_token"), answer.get("expires_in")
        if _is_token(token) and isinstance(expires, int):
            return str(token), max(0, min(expires, LONGEST_TOKEN_S))
        code, text = self._result(answer)
        error = PlatformBusy if code in BUSY or code == 0 else PlatformRefused
        raise error(f"no access token: {code} {text}", code)

    def _post(self, path: str, body: dict[str, object], token: str | None) -> dict[str, Any]:
        data = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        query = f"?{urlencode({'access_token': token})}" if token else ""
        try:
            status, answer = self._transport.post(self._base + path + query, data)
        except OSError as error:
            # The error's own text would show the address, and with it the token.
            raise PlatformBusy(f"{path}: {type(error).__name__}") from None
        if status != 200:  # also a redirect: where it leads, nobody knows the platform's secrets
            raise PlatformBusy(f"{path} answered HTTP {status}")
        try:
            found = json.loads(answer.decode("utf-8", "replace"))
        except (ValueError, RecursionError):
            raise PlatformBusy(f"{path} answered something that is not JSON") from None
        if not isinstance(found, dict):
            raise PlatformBusy(f"{path} answered JSON that is no object")
        return found

    @staticmethod
    def _result(answer: dict[str, Any]) -> tuple[int, str]:
        code = answer.get("errcode", 0)
        if not isinstance(code, int) or abs(code) > 1 << 31:
            return -1, "errcode is no number"
        return code, str(answer.get("errmsg", ""))[:120].split("access_token")[0]


def _is_token(found: object) -> bool:
    """Return whether an answer holds a token that may stand in an address and in Redis."""
    return isinstance(found, str) and 0 < len(found) <= LONGEST_TOKEN and found.isascii()


def _count(found: dict[str, Any], name: str) -> int:
    value = found.get(name)
    return value if isinstance(value, int) and 0 <= value < 1 << 53 else 0
