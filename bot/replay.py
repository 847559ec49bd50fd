"""A follower who says again what a saved conversation says: for tests that the console exports."""

from __future__ import annotations

import json
import os
import secrets
import time
from dataclasses import dataclass, field
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import Request, urlopen

from bot.console.views import ACCOUNT, EVENTS
from bot.services import open_envelope
from xinglin.account.ai_label import is_label
from xinglin.embedded.running import find_running
from xinglin.settings import Settings
from xinglin.wechat.envelope import Envelope
from xinglin.wechat.messages import CONSOLE_FOLLOWER
from xinglin.wechat.replies import event_push, media_push, text_push

URL = "http://127.0.0.1:5000"
TRY_S = 5.0
MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Follower:
    """One follower, whom the service does not know yet.

    Attributes:
        url: of the service.
        envelope: with the account's secrets, which sign every push.
        safe: encrypt, as in the platform's safe mode.
        openid: made up.
    """

    url: str
    envelope: Envelope = field(repr=False)
    safe: bool = False
    openid: str = field(default_factory=lambda: CONSOLE_FOLLOWER + secrets.token_hex(8))

    @classmethod
    def connect(cls, *, safe: bool = False) -> Follower:
        """Take the account's secrets from the settings, or from the `make run` of this folder."""
        settings = Settings.from_env()
        if not settings.redis_url:
            settings = find_running(settings) or settings
        envelope = open_envelope(settings)
        return cls(os.environ.get("REPLAY_URL", URL).rstrip("/"), envelope, safe)

    def model(self) -> str:
        """Return NAME@VERSION of what serves; "" where the console is closed."""
        try:
            status, body = self._call("/console/state", None)
        except OSError:
            return ""
        workers = json.loads(body).get("workers", []) if status == 200 else []
        return f"{workers[0]['model']}@{workers[0]['version']}" if workers else ""

    def push(self, kind: str, text: str, message_id: str, *, tries: int = 1) -> str:
        """Return what the follower reads; with several tries all must read the same.

        Raises:
            AssertionError: the tries were answered differently, or the push was refused.
            TimeoutError: there was no answer although the platform's time was over.
        """
        now = time.time()
        if kind == "text":
            xml = text_push(self.openid, ACCOUNT, text, message_id, now=now)
        elif kind in EVENTS:
            xml = event_push(self.openid, ACCOUNT, EVENTS[kind], key=text, now=now)
        else:
            xml = media_push(self.openid, ACCOUNT, kind, text, message_id, now=now)
        found = {self._answer(xml) for _ in range(tries)}
        if len(found) != 1:
            raise AssertionError(f"{text!r}: {tries} tries, and different answers: {found}")
        return found.pop()

    @staticmethod
    def is_labelled(reply: str) -> bool:
        """Return whether a reply says that a model wrote it."""
        return any(is_label(line) for line in reply.splitlines()[-2:])

    def _answer(self, xml: str) -> str:
        query, body = self.envelope.seal_push(xml, encrypted=self.safe)
        path = f"/wechat?{urlencode(query | {'openid': self.openid})}"
        status, answer = self._call(path, body.encode("utf-8", "replace"))
        if status != 200:
            raise AssertionError(f"the service answered {status}: {answer[:200]}")
        if answer in ("", "success"):
            return ""
        return self.envelope.open_reply(answer).get("Content", "")

    def _call(self, path: str, body: bytes | None) -> tuple[int, str]:
        if urlsplit(self.url).scheme not in ("http", "https"):
            raise ValueError(f"REPLAY_URL is {self.url!r}; write http://host:port")
        request = Request(self.url + path, body, {"Content-Type": "text/xml"})  # noqa: S310 - http
        try:
            with urlopen(request, timeout=TRY_S) as answer:  # noqa: S310 - http
                return answer.status, answer.read(MOST_BYTES).decode("utf-8", "replace")
        except HTTPError as error:
            return error.code, error.read(MOST_BYTES).decode("utf-8", "replace")
