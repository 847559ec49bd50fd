"""The console's buttons: what they do, and what they say where they cannot."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from flask import Flask

from tests.bot.console.conftest import BASE, Call, RunningService
from tests.waiting import until
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.wechat.client import WechatClient

pytestmark = pytest.mark.redis


def test_each_button_says_why_it_cannot_work_here(call: Call) -> None:
    refused = call("state").json["refused"]

    assert set(refused) == {"kill", "swap", "compare", "steal"}
    assert all(why["zh"] and why["en"] for why in refused.values())
    for name in ("kill", "steal"):
        answer = call(name, now=True)
        assert (answer.status_code, answer.json["why"]) == (409, refused[name])
    assert call("swap", model="tcm").status_code == 409, "a real account asks for the admin token"


def test_a_public_console_shows_and_does_nothing_for_strangers(
    make_app: Callable[[Settings], Flask], bot_settings: Settings
) -> None:
    service = replace(
        bot_settings, console_public=True, wechat_account="service", wechat_app_secret="s"
    )
    web = make_app(service).test_client()
    stranger = {"REMOTE_ADDR": "192.0.2.7"}

    state = web.get("/console/state", environ_overrides=stranger)
    here = web.get("/console/state", base_url=BASE)

    assert state.status_code == 200
    assert all("only" in why["en"] for why in state.json["refused"].values())
    assert here.json["refused"]["steal"] == {}
    for name in ("kill", "swap", "steal"):
        answer = web.post(f"/console/{name}", json={"model": "tcm"}, environ_overrides=stranger)
        assert answer.status_code == 409


def test_the_menu_is_the_one_that_ships(call: Call) -> None:
    menu = call("state").json["menu"]

    assert [entry["name"] for entry in menu] == ["读典籍", "重置", "更多"]


class Platform:
    """Gives tokens and takes messages with the newest one only, as the real one does."""

    def __init__(self) -> None:
        self.tokens = 0
        self.sent: list[str] = []
        platform = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                answer = json.dumps(platform.answer(self.path, body)).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, args=(0.02,)).start()

    def answer(self, path: str, body: dict[str, object]) -> dict[str, object]:
        if "stable_token" in path:
            self.tokens += 1 if body["force_refresh"] or not self.tokens else 0
            return {"access_token": f"token{self.tokens}", "expires_in": 7200}
        if f"access_token=token{self.tokens}" not in path:
            return {"errcode": 40001, "errmsg": "not latest"}
        self.sent.append(str(body["touser"]))
        return {"errcode": 0, "errmsg": "ok"}


@pytest.fixture
def platform_host() -> Iterator[Platform]:
    host = Platform()
    yield host
    host.server.shutdown()
    host.server.server_close()


def test_a_stolen_token_is_noticed_and_the_new_one_fetched(
    make_app: Callable[[Settings], Flask],
    bot_settings: Settings,
    store: Store,
    platform_host: Platform,
) -> None:
    url = f"http://127.0.0.1:{platform_host.server.server_port}"
    settings = replace(
        bot_settings, wechat_account="service", wechat_app_secret="s", wechat_api_base=url
    )
    web = make_app(settings).test_client()
    client = WechatClient(settings, store.tokens)
    client.send_text("o1", "一", generated=False)

    answer = web.post("/console/steal", base_url=BASE, json={})
    client.send_text("o2", "二", generated=False)

    assert answer.json == {"stolen": True}
    assert platform_host.sent == ["o1", "o2"]
    assert platform_host.tokens == 2, (
        "the first, and the thief's, which serves both: none is forced"
    )


def answered(replies: list[str], service: RunningService) -> bool:
    """Ask once more, with the same MsgId; what is not ready yet is behind a tap link."""
    replies.append(service.say("oConsoleKilled", "四君子汤由哪些药组成？", "7001"))
    return bool(replies[-1]) and "点这里" not in replies[-1]


@pytest.mark.slow
def test_a_killed_worker_is_replaced_and_the_question_answered(service: RunningService) -> None:
    (before,) = service.workers()

    killed = service.call("/console/kill", {})
    replies: list[str] = []
    until(lambda: answered(replies, service), 120.0)

    assert killed["pid"] == before["pid"]
    assert "AI生成" in replies[-1] or "换一种问法" in replies[-1]
    until(lambda: [one["pid"] for one in service.workers()] not in ([], [before["pid"]]))


@pytest.mark.slow
def test_another_model_is_swapped_in_and_back(service: RunningService) -> None:
    until(lambda: bool(service.workers()))
    assert service.call("/console/state")["models"] == ["other", "tcm"]
    for name in ("other", "tcm"):
        assert service.call("/console/swap", {"model": name})["model"] == name
        assert [worker["model"] for worker in service.workers()] == [name]
