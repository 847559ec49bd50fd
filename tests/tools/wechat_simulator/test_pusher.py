"""Pushes: signed in each mode, three tries with one MsgId, 5 seconds each, to the next server."""

from __future__ import annotations

import base64
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest
from wechatpy.crypto import WeChatCrypto

from tests.tools.wechat_simulator.pusher import Pusher
from tests.tools.wechat_simulator.wire import Account, Mode, signature

KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
Answer = Callable[[int], tuple[int, bytes] | None]


class Webhook:
    """Answers try number n with `answer(n)`; None hangs."""

    def __init__(self, answer: Answer) -> None:
        self.got: list[tuple[dict[str, str], str]] = []
        self.let_go = threading.Event()
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                query = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
                hook.got.append((query, body))
                found = answer(len(hook.got))
                if found is None:
                    hook.let_go.wait(10)
                    return
                self.send_response(found[0])
                self.end_headers()
                self.wfile.write(found[1])

            def log_message(self, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/wechat"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self.let_go.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def webhook() -> Iterator[Callable[[Answer], Webhook]]:
    opened: list[Webhook] = []

    def open_one(answer: Answer) -> Webhook:
        opened.append(Webhook(answer))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


def reply(text: str = "好〔1.1〕AI") -> bytes:
    return (
        "<xml><ToUserName>oA</ToUserName><FromUserName>gh_platform</FromUserName>"
        f"<CreateTime>1</CreateTime><MsgType>text</MsgType><Content>{text}</Content></xml>"
    ).encode()


def test_a_plain_push_is_signed_and_carries_the_message(webhook: Callable[..., Webhook]) -> None:
    hook = webhook(lambda n: (200, reply()))

    outcome = Pusher(Account("token"), [hook.url]).text("oA", "问 ]]> 题", "77")

    [(query, body)] = hook.got
    fields = {child.tag: child.text for child in ElementTree.fromstring(body)}
    assert query["signature"] == signature("token", query["timestamp"], query["nonce"])
    assert query["openid"] == "oA"
    assert (fields["Content"], fields["MsgId"], fields["MsgType"]) == ("问 ]]> 题", "77", "text")
    assert outcome.shown is not None
    assert (outcome.tries, outcome.notice) == (1, False)


@pytest.mark.parametrize(("mode", "readable"), [("compatible", True), ("safe", False)])
def test_an_encrypted_push_is_opened_by_another_library(
    webhook: Callable[..., Webhook], mode: Mode, readable: bool
) -> None:
    hook = webhook(lambda n: (200, b"success"))

    Pusher(Account("token", "wxapp", KEY, mode), [hook.url]).text("oA", "黄芪", "77")

    [(query, body)] = hook.got
    opened = WeChatCrypto("token", KEY, "wxapp").decrypt_message(
        body, query["msg_signature"], query["timestamp"], query["nonce"]
    )
    assert "黄芪" in opened
    assert ("黄芪" in body) is readable
    assert query["encrypt_type"] == "aes"


def test_a_message_is_tried_three_times_at_the_next_server_each(
    webhook: Callable[..., Webhook],
) -> None:
    broken, bad = webhook(lambda n: (500, b"oops")), webhook(lambda n: (200, b"<xml>"))
    pusher = Pusher(Account("token"), [broken.url, bad.url], pause_s=0.01)

    outcome = pusher.text("oA", "问", "77")

    assert outcome.notice
    assert outcome.tries == 3
    assert [d.partition(":")[0] for d in outcome.defects] == ["status", "not_xml", "status"]
    bodies = [body for _, body in broken.got + bad.got]
    assert len(bodies) == 3
    assert all("<MsgId>77</MsgId>" in body for body in bodies)


def test_a_try_ends_after_the_limit_and_the_next_may_succeed(
    webhook: Callable[..., Webhook],
) -> None:
    hook = webhook(lambda n: None if n == 1 else (200, reply()))
    pusher = Pusher(Account("token"), [hook.url], limit_s=0.3, pause_s=0.01)

    began = time.monotonic()
    outcome = pusher.text("oA", "问", "77")

    assert 0.3 <= time.monotonic() - began < 3
    assert (outcome.tries, outcome.late, outcome.notice) == (2, 1, False)


def test_a_lost_answer_is_asked_for_again(webhook: Callable[..., Webhook]) -> None:
    hook = webhook(lambda n: (200, reply()))

    outcome = Pusher(Account("token"), [hook.url], pause_s=0.01).text("oA", "问", "77", lost=(0,))

    assert len(hook.got) == 2
    assert outcome.shown is not None
    assert outcome.defects[0].startswith("lost")
