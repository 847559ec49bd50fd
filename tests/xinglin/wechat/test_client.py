"""Calls to the platform, against a loopback host that misbehaves as told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from xinglin.errors import PlatformBusy, PlatformRefused
from xinglin.settings import Settings
from xinglin.wechat.client import WechatClient

Answer = tuple[int, bytes]
TOKEN = (200, b'{"access_token": "t", "expires_in": 7200}')
OK = (200, b'{"errcode": 0, "errmsg": "ok"}')


def refusal(code: int) -> Answer:
    return 200, json.dumps({"errcode": code, "errmsg": "no"}).encode()


class Host:
    """Answers custom/send from a script, and remembers what it was asked."""

    def __init__(self) -> None:
        self.script: list[Answer] = []
        self.token_answer: Answer = TOKEN
        self.calls: list[tuple[str, dict[str, Any]]] = []
        host = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                host.calls.append((self.path, {"raw": body, **json.loads(body)}))
                is_token = "stable_token" in self.path
                code, answer = host.token_answer if is_token else host.script.pop(0)
                self.send_response(code)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: Any) -> None:
                del args

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()


class Tokens:
    """One process' token: fetched when there is none or it is stale."""

    def __init__(self) -> None:
        self.kept = ""

    def token(self, fetch: Callable[[bool], tuple[str, int]], *, stale: str | None = None) -> str:
        if not self.kept or self.kept == stale:
            self.kept, _ = fetch(stale is not None)
        return self.kept


@pytest.fixture
def host() -> Iterator[Host]:
    running = Host()
    yield running
    running.server.shutdown()
    running.server.server_close()
    running.thread.join()


@pytest.fixture
def client(host: Host) -> Iterator[WechatClient]:
    settings = Settings(
        wechat_api_base=host.url + "/", wechat_app_id="wx1", wechat_app_secret="canary-secret"
    )
    made = WechatClient(settings, Tokens())
    yield made
    made.close()


def test_a_generated_text_is_marked_as_such_and_sent_in_plain_utf8(
    host: Host, client: WechatClient
) -> None:
    host.script = [OK]

    client.send_text("o1", "黄芪]]>", generated=True)

    path, body = host.calls[-1]
    assert path == "/cgi-bin/message/custom/send?access_token=t"
    assert body["aimsgcontext"] == {"is_ai_msg": 1}
    assert "黄芪".encode() in body["raw"]
    assert [path for path, _ in host.calls].count("/cgi-bin/stable_token") == 1


def test_a_fixed_text_is_not_marked(host: Host, client: WechatClient) -> None:
    host.script = [OK]

    client.send_text("o1", "好", generated=False)

    assert "aimsgcontext" not in host.calls[-1][1]


@pytest.mark.parametrize("code", [40001, 40014, 42001])
def test_a_stale_token_is_refreshed_once_and_the_call_repeated_once(
    host: Host, client: WechatClient, code: int
) -> None:
    host.script = [refusal(code), OK]

    client.send_text("o1", "好", generated=True)

    forced = [body["force_refresh"] for path, body in host.calls if "stable" in path]
    assert forced == [False, True]


def test_a_token_that_stays_stale_makes_no_storm(host: Host, client: WechatClient) -> None:
    host.script = [refusal(40001), refusal(40001)]

    with pytest.raises(PlatformBusy):
        client.send_text("o1", "好", generated=True)

    assert len(host.calls) == 4


@pytest.mark.parametrize("code", [40003, 43004, 45002, 45015, 45047, 48001])
def test_what_the_platform_will_never_take_is_refused_with_its_code(
    host: Host, client: WechatClient, code: int
) -> None:
    host.script = [refusal(code)]

    with pytest.raises(PlatformRefused) as caught:
        client.send_text("o1", "好", generated=True)

    assert caught.value.code == code


@pytest.mark.parametrize(
    "answer",
    [
        refusal(-1),
        refusal(45011),
        (502, b"bad"),
        (200, b"<html>"),
        (200, b"[]"),
        (200, b"\xff"),
        (302, b'{"errcode": 0}'),
        (307, b'{"errcode": 0}'),
        (200, b"[" * 50_000),
        (200, b'{"errcode": 1' + b"0" * 400 + b"}"),
        (200, b" " * 70_000 + b'{"errcode": 0}'),
    ],
)
def test_what_may_pass_is_busy(host: Host, client: WechatClient, answer: Answer) -> None:
    host.script = [answer]

    with pytest.raises(PlatformBusy):
        client.send_text("o1", "好", generated=True)


def test_no_secret_shows_in_an_error(host: Host, client: WechatClient) -> None:
    host.token_answer = refusal(40125)
    with pytest.raises(PlatformRefused) as refused:
        client.send_text("o1", "好", generated=True)
    gone = WechatClient(
        Settings(wechat_api_base="http://127.0.0.1:9", wechat_app_secret="canary-secret"), Tokens()
    )
    with pytest.raises(PlatformBusy) as busy:
        gone.send_text("o1", "好", generated=True)

    for caught in (refused, busy):
        chain = (caught.value, caught.value.__cause__)
        assert "canary" not in repr(chain)
        assert "access_token=" not in repr(chain)
    gone.close()


@pytest.mark.parametrize(
    "body", [b'{"access_token": "stolen", "expires_in": 7200}', b'{"errcode": 0}']
)
@pytest.mark.parametrize("status", [301, 307, 308, 201, 500])
def test_no_token_is_taken_from_anything_but_a_good_answer(
    host: Host, client: WechatClient, status: int, body: bytes
) -> None:
    host.token_answer = (status, body)

    with pytest.raises(PlatformBusy):
        client.send_text("o1", "好", generated=True)

    assert len(host.calls) == 1


@pytest.mark.parametrize(
    "token", ["1", "null", '""', '"' + "x" * 3000 + '"', '"\\u4f60"', '["t"]', '{"a": 1}']
)
def test_a_token_that_is_none_is_refused(host: Host, client: WechatClient, token: str) -> None:
    host.token_answer = (200, f'{{"access_token": {token}, "expires_in": 7200}}'.encode())

    with pytest.raises(PlatformBusy):
        client.send_text("o1", "好", generated=True)


@pytest.mark.parametrize("expires", ["1" + "0" * 400, "-5", "7200", "999999999"])
def test_a_token_lasts_no_longer_than_the_platforms_do(
    host: Host, client: WechatClient, expires: str
) -> None:
    host.token_answer = (200, f'{{"access_token": "t", "expires_in": {expires}}}'.encode())

    token, lasts_s = client._fetch_token(force=False)

    assert token == "t"
    assert 0 <= lasts_s <= 7200


def test_a_quota_of_nonsense_is_zero(host: Host, client: WechatClient) -> None:
    figures = {"daily_limit": 10**400, "used": "x", "remain": [1]}
    host.script = [(200, json.dumps({"errcode": 0, "quota": figures}).encode())]

    found = client.quota("/cgi-bin/message/custom/send")

    assert (found.daily_limit, found.used, found.remain) == (0, 0, 0)
