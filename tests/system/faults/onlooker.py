"""A stranger's hands: posts anything to a real service, and reads what an account would show."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import requests

from tests.system.faults.env import LEASE_S, account
from tests.tools.wechat_simulator.judge import read_reply
from tests.tools.wechat_simulator.stack import Stack
from tests.tools.wechat_simulator.wire import Account, text_fields

VICTIM, STRANGER = "oVictim0001", "oStranger001"
ASKED = "黄芪有什么功效？"
Query = dict[str, str]


@contextmanager
def serving(**more: str) -> Iterator[Stack]:
    """The service with an echo engine: one web server, one worker."""
    settings = {
        "XINGLIN_WECHAT_TOKEN": "faulttoken",
        "XINGLIN_WECHAT_APP_ID": "wxfault",
        "XINGLIN_ADMIN_TOKEN": "fault-suite-admin-token",
        "XINGLIN_BACKEND": "echo",
        "XINGLIN_LEASE_S": str(LEASE_S),
    }
    stack = Stack(settings | more, workers=1)
    try:
        yield stack
    finally:
        stack.close()


class Onlooker:
    """Posts what it likes to one service, and reads the replies of an account."""

    def __init__(self, stack: Stack, known: Account) -> None:
        self.stack, self.account = stack, known

    def push(self, openid: str, text: str, message_id: str = "") -> tuple[Query, bytes]:
        """Return a push of the platform itself, as somebody on the line sees it."""
        number = message_id or str(10**15 + secrets.randbelow(10**15))
        return self.account.sign_push(text_fields(self.account, openid, text, number))

    def post(self, query: Any, body: bytes, **more: Any) -> requests.Response:
        address = (
            f"{self.stack.base}/wechat?{query if isinstance(query, str) else urlencode(query)}"
        )
        return requests.post(address, data=body, timeout=20, **more)

    def say(self, openid: str, text: str) -> str:
        """Say something as an honest follower; returns what the follower reads."""
        answer = self.post(*self.push(openid, text))
        assert answer.status_code == 200, answer.text
        if answer.text == "success":
            return ""
        shown = read_reply(self.account, openid, 200, answer.content, labelled=False)
        return shown.text if shown else ""


def forged(openid: str, text: str) -> bytes:
    fields = text_fields(account("plain"), openid, text, str(secrets.randbelow(10**15)))
    inner = "".join(f"<{name}>{value}</{name}>" for name, value in fields.items())
    return f"<xml>{inner}</xml>".encode()


def codes(answers: Iterator[requests.Response]) -> set[int]:
    return {answer.status_code for answer in answers}
