"""The platform's API as the console plays it for a developer."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import requests
from flask import Flask
from werkzeug.serving import make_server

from bot.console.fake_platform import PATH, use_fake_platform
from bot.services import KEY, attach
from tests.bot.console.conftest import ROOT, running
from tests.tools.ports import free_port
from tests.waiting import until
from xinglin.errors import PlatformRefused
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.wechat.client import WechatClient

pytestmark = pytest.mark.redis
WAIT_S = 30


@dataclass
class Played:
    """A console that plays the platform, and the settings of its service."""

    settings: Settings
    url: str

    def call(self, name: str, body: object, **query: str) -> dict[str, Any]:
        url = f"{self.url}{PATH}/cgi-bin/{name}"
        answer = requests.post(url, json=body, params=query, timeout=WAIT_S)
        found: dict[str, Any] = answer.json()
        return found

    def collect(self, follower: str) -> list[tuple[str, bool]]:
        found = requests.get(f"{self.url}/console/pushed/{follower}", timeout=WAIT_S).json()
        return [(one["text"], one["generated"]) for one in found["messages"]]


@pytest.fixture
def played(make_app: Callable[[Settings], Flask], bot_settings: Settings) -> Iterator[Played]:
    port = free_port()
    bare = replace(bot_settings, wechat_account="service", wechat_app_id="", wechat_app_secret="")
    settings = replace(
        use_fake_platform(bare, str(port)), wechat_app_id="wx1", wechat_app_secret="secret"
    )
    app = make_app(settings)
    attach(app, replace(app.extensions[KEY], development=True))
    server = make_server("127.0.0.1", port, app, threaded=True)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield Played(settings, f"http://127.0.0.1:{port}")
    server.shutdown()
    server.server_close()


def test_it_is_played_for_a_service_account_without_credentials_only() -> None:
    assert use_fake_platform(Settings(wechat_account="service"), "81").wechat_api_base.endswith(
        f":81{PATH}"
    )
    for real in (
        Settings(),
        Settings(wechat_account="service", wechat_app_id="wx1"),
        Settings(wechat_account="service", wechat_app_id="wx1", wechat_app_secret="s"),
    ):
        assert use_fake_platform(real, "81") is real


def test_a_message_reaches_its_follower_once(played: Played, store: Store) -> None:
    client = WechatClient(played.settings, store.tokens)

    client.send_text("oConsole1", "一", generated=True)
    client.send_text("oConsole2", "二", generated=False)

    assert played.collect("oConsole1") == [("一", True)]
    assert played.collect("oConsole1") == []
    assert played.collect("oConsole2") == [("二", False)]
    assert client.quota("/cgi-bin/message/custom/send").used == 2


def test_after_a_theft_the_next_message_goes_with_a_new_token(played: Played, store: Store) -> None:
    client = WechatClient(played.settings, store.tokens)
    client.send_text("oConsole1", "一", generated=False)
    before = played.call("stable_token", {"appid": "wx1", "secret": "secret"})["access_token"]

    stolen = requests.post(f"{played.url}/console/steal", json={}, timeout=WAIT_S)
    refused = played.call("message/custom/typing", {}, access_token=before)
    client.send_text("oConsole1", "二", generated=False)

    assert stolen.json() == {"stolen": True}
    assert refused["errcode"] == 40001
    assert played.collect("oConsole1") == [("一", False), ("二", False)]


def test_wrong_credentials_and_calls_are_refused_as_the_platform_does(
    played: Played, store: Store
) -> None:
    good = {"appid": "wx1", "secret": "secret"}
    token = played.call("stable_token", good)["access_token"]

    assert played.call("stable_token", good | {"appid": "wx2"})["errcode"] == 40013
    assert played.call("stable_token", good | {"secret": "密"})["errcode"] == 40125
    assert played.call("menu/create", {}, access_token="")["errcode"] == 40001
    assert played.call("message/mass/send", {}, access_token=token)["errcode"] == 48001
    for body in ({}, {"touser": "o"}, {"touser": "o", "text": {}}, {"touser": 1, "text": "一"}):
        answer = played.call("message/custom/send", body, access_token=token)
        assert answer["errcode"] == 44004
    assert "error" in played.call("menu/create", [], access_token=token)
    wrong = WechatClient(replace(played.settings, wechat_app_secret="x"), store.tokens)
    with pytest.raises(PlatformRefused):
        wrong.steal_token()


def test_a_follower_who_never_looks_costs_little(played: Played, store: Store) -> None:
    client = WechatClient(played.settings, store.tokens)
    for number in range(25):
        client.send_text("oConsole1", str(number), generated=False)

    assert [text for text, _ in played.collect("oConsole1")] == [str(n) for n in range(5, 25)]


def test_a_real_account_has_no_such_api(
    make_app: Callable[[Settings], Flask], bot_settings: Settings
) -> None:
    web = make_app(bot_settings).test_client()

    base = "http://127.0.0.1"
    assert web.post(f"{PATH}/cgi-bin/stable_token", base_url=base, json={}).status_code == 404
    assert web.get("/console/pushed/oConsole1", base_url=base).status_code == 404
    assert web.get("/console/state", base_url=base).json["played"] is False


def test_late_answers_come_as_customer_service_messages(tmp_path: Path) -> None:
    late = {"XINGLIN_WECHAT_ACCOUNT": "service", "XINGLIN_REPLY_DEADLINE_S": "0.1"}
    with running(tmp_path, ROOT / "models", XINGLIN_BACKEND="reference", **late) as service:
        follower = "oConsoleLate1"
        assert service.call("/console/state")["played"] is True
        passive = service.say(follower, "讲讲黄芪这味药。", "7000000000000001")
        got: list[dict[str, Any]] = []

        def arrived() -> bool:
            got.extend(service.call(f"/console/pushed/{follower}")["messages"])
            return bool(got)

        if not passive:
            until(arrived)
            assert len(got) == 1
            assert got[0]["generated"] is True
            assert "AI" in got[0]["text"]
            assert abs(time.time() - got[0]["at"]) < WAIT_S
        service.call("/console/steal", {})
        assert service.say(follower, "当归呢？", "7000000000000002") or until(arrived) is None
