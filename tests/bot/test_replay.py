"""A follower who says a conversation again: what it must not let pass."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bot.replay import Follower
from tests.shipped import AI_LABEL
from xinglin.wechat.envelope import Envelope
from xinglin.wechat.flatxml import read_fields

ENVELOPE = Envelope("token")


class Service:
    """Answers pushes from a script of (status, text), and remembers what was pushed."""

    def __init__(self) -> None:
        self.script: list[tuple[int, str]] = []
        self.pushed: list[dict[str, str]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                service.pushed.append(read_fields(body))
                self._answer(*service.script.pop(0))

            def do_GET(self) -> None:
                workers = [{"model": "tcm", "version": "1"}]
                self._answer(200, json.dumps({"workers": workers}))

            def _answer(self, status: int, text: str) -> None:
                data = text.encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,)).start()

    def follower(self) -> Follower:
        return Follower(f"http://127.0.0.1:{self.server.server_port}", ENVELOPE)


@pytest.fixture
def service() -> Iterator[Service]:
    running = Service()
    yield running
    running.server.shutdown()
    running.server.server_close()


def reply(text: str) -> str:
    return f"<xml><Content><![CDATA[{text}]]></Content></xml>"


def test_a_message_is_pushed_with_its_id_and_its_answer_read(service: Service) -> None:
    service.script = [(200, reply(f"答\n{AI_LABEL}")), (200, "success")]
    follower = service.follower()

    first = follower.push("text", "问", "17")
    second = follower.push("click", "帮助", "18")

    assert (first, second) == (f"答\n{AI_LABEL}", "")
    assert follower.is_labelled(first)
    assert not follower.is_labelled(second)
    assert service.pushed[0]["MsgId"] == "17"
    assert service.pushed[1]["EventKey"] == "帮助"
    assert {push["FromUserName"] for push in service.pushed} == {follower.openid}


def test_two_tries_with_different_answers_are_an_error(service: Service) -> None:
    service.script = [(200, reply("一")), (200, reply("二"))]

    with pytest.raises(AssertionError, match="different answers"):
        service.follower().push("text", "问", "17", tries=2)


def test_a_refused_push_is_an_error(service: Service) -> None:
    service.script = [(403, "signature refused")]

    with pytest.raises(AssertionError, match="403: signature refused"):
        service.follower().push("text", "问", "17")


def test_the_serving_model_is_known_where_the_console_answers(service: Service) -> None:
    assert service.follower().model() == "tcm@1"
    service.server.shutdown()
    service.server.server_close()

    assert service.follower().model() == ""


def test_two_followers_are_never_the_same_one() -> None:
    assert Follower("http://x", ENVELOPE).openid != Follower("http://x", ENVELOPE).openid
    with pytest.raises(ValueError, match="REPLAY_URL"):
        Follower("file:///etc/passwd", ENVELOPE).push("text", "问", "1")
