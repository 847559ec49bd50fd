"""The API host keeps the platform's rules, and breaks them only by script."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.tools.wechat_simulator.api_host import ApiHost, Fault

BASE = {"grant_type": "client_credential", "appid": "wxapp", "secret": "secret"}


@pytest.fixture
def host() -> Iterator[ApiHost]:
    opened = ApiHost("wxapp", "secret")
    yield opened
    opened.close()


def call(host: ApiHost, name: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
    address = f"{host.url}/cgi-bin/{name}"
    found: dict[str, Any] = requests.post(
        address, params={"access_token": token}, json=body, timeout=5
    ).json()
    return found


def fetch(host: ApiHost, **more: Any) -> str:
    return call(host, "stable_token", BASE | more).get("access_token", "")


def send(host: ApiHost, token: str, text: str = "好", to: str = "oA") -> int:
    body = {"touser": to, "msgtype": "text", "text": {"content": text}}
    body["aimsgcontext"] = {"is_ai_msg": 1}
    return int(call(host, "message/custom/send", body, token)["errcode"])


def test_a_stable_token_stays_the_same_until_it_expires_or_is_forced(host: ApiHost) -> None:
    first = fetch(host)

    assert fetch(host) == first
    forced = fetch(host, force_refresh=True)
    assert forced != first
    assert call(host, "stable_token", BASE | {"force_refresh": True})["errcode"] == 45011
    host.expire_token()
    assert send(host, forced) == 42001
    assert fetch(host) not in (first, forced)


def test_a_stolen_or_banned_token_is_refused(host: ApiHost) -> None:
    token = fetch(host)
    host.steal_token()
    assert send(host, token) == 40001
    token = fetch(host)
    host.ban_token()
    assert send(host, token) == 40001
    assert fetch(host) == token
    host.follower_wrote("oA")
    assert send(host, fetch(host, force_refresh=True)) == 0


def test_wrong_credentials_and_missing_tokens_are_refused(host: ApiHost) -> None:
    assert call(host, "stable_token", BASE | {"appid": "x"})["errcode"] == 40013
    assert call(host, "stable_token", BASE | {"secret": "x"})["errcode"] == 40125
    assert send(host, "") == 41001


def test_a_followers_message_is_good_for_five_bubbles(host: ApiHost) -> None:
    token = fetch(host)

    assert send(host, token) == 45015
    host.follower_wrote("oA")
    assert [send(host, token) for _ in range(6)] == [0, 0, 0, 0, 0, 45047]
    host.follower_wrote("oA")
    assert send(host, token, "长" * 700) == 45002
    assert send(host, token, "") == 44004
    assert [sent.is_ai for sent in host.sent] == [True] * 5


def test_faults_come_by_script_and_in_order(host: ApiHost) -> None:
    token = fetch(host)
    host.follower_wrote("oA")
    host.script("custom/send", Fault(errcode=-1), Fault(errcode=45009, after=True), None)

    assert [send(host, token) for _ in range(3)] == [-1, 45009, 0]
    assert len(host.sent) == 2  # the second was carried out, and its answer went wrong
    assert host.calls["custom/send:45009"] == 1


def test_http_faults_look_like_the_real_ones(host: ApiHost) -> None:
    host.script("stable_token", Fault(status=502), Fault(body="<html>"), Fault(reset=True))
    host.script("stable_token", Fault(hang_s=1.0))
    address = f"{host.url}/cgi-bin/stable_token"

    assert requests.post(address, json=BASE, timeout=5).status_code == 502
    assert requests.post(address, json=BASE, timeout=5).text == "<html>"
    with pytest.raises(requests.ConnectionError):
        requests.post(address, json=BASE, timeout=5)
    with pytest.raises(requests.Timeout):
        requests.post(address, json=BASE, timeout=0.2)
    assert fetch(host)


@pytest.mark.parametrize(
    "name", ["message/custom/typing", "menu/create", "user/info", "media/upload"]
)
def test_the_other_calls_want_a_token_too(host: ApiHost, name: str) -> None:
    assert call(host, name, {"touser": "oA"})["errcode"] == 41001
    assert call(host, name, {"touser": "oA"}, fetch(host)).get("errcode", 0) == 0
