"""The console's page gets pushes of every kind, opened replies, and the outcome of a try."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.services import current_services
from tests import shipped as texts
from tests.bot.console.conftest import BASE, ROOT, Call
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.wechat.flatxml import read_fields
from xinglin.wechat.messages import parse
from xinglin.wechat.replies import text_push

pytestmark = pytest.mark.redis
FOLLOWER = "oConsole12345678"


def push(client: FlaskClient, call: Call, **message: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what was composed, and what a follower reads."""
    composed = call("compose", follower=FOLLOWER, **message).json
    reply = client.post(composed["url"], data=composed["body"].encode())
    assert reply.status_code == 200
    return composed, call("open", body=reply.text).json


@pytest.mark.parametrize(
    ("kind", "text", "parsed"),
    [
        ("text", "黄芪", "黄芪"),
        ("voice", "黄芪", "黄芪"),
        ("voice", "", ""),
        ("image", "", ""),
        ("video", "", ""),
        ("location", "杭州", ""),
        ("link", "本草纲目", "本草纲目"),
        ("click", "帮助", "帮助"),
        ("subscribe", "", ""),
        ("unsubscribe", "", ""),
    ],
)
@pytest.mark.parametrize("safe", [False, True])
def test_every_kind_of_message_is_composed_as_the_platform_writes_it(
    call: Call, kind: str, text: str, parsed: str, safe: bool
) -> None:
    composed = call("compose", follower=FOLLOWER, kind=kind, text=text, safe=safe).json

    message = parse(read_fields(composed["xml"].encode()))

    assert (message.kind, message.text, message.openid) == (kind, parsed, FOLLOWER)
    assert composed["trace_id"] == message.dedupe_id
    assert ("Encrypt" in composed["body"]) is safe


def test_a_place_and_a_link_carry_their_own_fields(call: Call) -> None:
    place = read_fields(
        call("compose", follower=FOLLOWER, kind="location", text="杭州").json["xml"].encode()
    )
    link = read_fields(
        call("compose", follower=FOLLOWER, kind="link", text="书").json["xml"].encode()
    )

    assert (place["Label"], place["Location_X"]) == ("杭州", "30.25")
    assert (link["Title"], link["Url"]) == ("书", "https://example.com/")


def test_a_kind_that_the_platform_does_not_know_is_refused_by_name(call: Call) -> None:
    refused = call("compose", follower=FOLLOWER, kind="hologram")

    assert refused.status_code == 400
    assert "location" in refused.json["error"]


@pytest.mark.parametrize("safe", [False, True])
def test_a_reply_is_opened_with_its_xml(
    client: FlaskClient, call: Call, worker: Any, safe: bool
) -> None:
    _, opened = push(client, call, text="黄芪", safe=safe)

    assert opened["text"].startswith("答：黄芪")
    assert read_fields(opened["xml"].encode())["Content"] == opened["text"]


def test_each_try_of_a_message_is_told(client: FlaskClient, call: Call, worker: Any) -> None:
    first, _ = push(client, call, text="黄芪")
    push(client, call, text="黄芪", message_id=first["message_id"])

    tries = call(f"trace/{FOLLOWER}/{first['trace_id']}").json["tries"]

    assert [one["state"] for one in tries] == ["new", "duplicate"]
    assert [one["decision"] for one in tries] == ["ask", "ask"]
    assert all(one["labelled"] and one["answered"] and one["took_ms"] > 0 for one in tries)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ({"text": "我不想活了"}, {"danger": "self-harm", "decision": "answer"}),
        ({"text": "给我开个方子治我的头痛"}, {"prescription": True, "decision": "answer"}),
        ({"text": "重置"}, {"command": "reset", "decision": "answer"}),
        ({"kind": "subscribe"}, {"command": "", "danger": "", "decision": "answer"}),
        ({"kind": "image"}, {"labelled": False, "answered": True}),
    ],
)
def test_the_rule_that_decided_is_told(
    client: FlaskClient, call: Call, message: dict[str, Any], told: dict[str, Any]
) -> None:
    composed, opened = push(client, call, **message)

    (one,) = call(f"trace/{FOLLOWER}/{composed['trace_id']}").json["tries"]

    assert opened["text"]
    assert told.items() <= one.items()
    assert message.get("text", "—") not in json.dumps(one, ensure_ascii=False)


def test_nothing_is_kept_of_who_left_or_wants_all_erased(
    client: FlaskClient, call: Call, store: Store
) -> None:
    left, _ = push(client, call, kind="unsubscribe")
    erased, opened = push(client, call, text="删除我的数据")

    assert opened["text"] == texts.ERASED
    for composed in (left, erased):
        assert call(f"trace/{FOLLOWER}/{composed['trace_id']}").status_code == 404
    assert list(store.redis.scan_iter("xl:*:tries:*")) == []


def test_real_followers_leave_no_tries(platform: Any, worker: Any, store: Store) -> None:
    platform.say("黄芪有什么功效？", openid="oRealFollower")

    assert list(store.redis.scan_iter("xl:*:tries:*")) == []


def test_nothing_is_said_that_has_no_translation(client: FlaskClient) -> None:
    static = ROOT / "bot" / "console" / "static"
    known = set(re.findall(r'(\w+): \["', (static / "words.js").read_text(encoding="utf-8")))
    page = client.get("/console", base_url=BASE).text
    scripts = "".join(path.read_text(encoding="utf-8") for path in static.glob("*.js"))

    used = set(re.findall(r'data-(?:t|hint|name)="(\w+)"', page))
    used |= set(re.findall(r'\bt\("(\w+)"\)', scripts))
    used |= set(re.findall(r'section\("(\w+)"', scripts)) - {"XML"}

    assert len(used) > 60
    assert used <= known


def test_what_was_composed_is_good_for_its_own_body_only(
    client: FlaskClient, call: Call, worker: Any
) -> None:
    composed = call("compose", follower=FOLLOWER, text="黄芪").json
    other = call("compose", follower=FOLLOWER, text="删除我的数据").json

    swapped = client.post(composed["url"], data=other["body"].encode())
    sent = [client.post(composed["url"], data=composed["body"].encode()) for _ in range(2)]

    assert swapped.status_code == 403
    assert [answer.status_code for answer in sent] == [200, 200]
    assert worker.seen == ["黄芪"]


@pytest.mark.parametrize(
    "follower", ["oReal", "oconsole1234", "oConsol", "", "oConsole/../x", "x" * 99]
)
def test_nobody_but_the_consoles_own_followers_can_speak(call: Call, follower: str) -> None:
    assert call("compose", follower=follower, text="帮助").status_code == 400


@pytest.mark.parametrize("encrypted", [False, True])
def test_what_a_real_follower_reads_is_not_opened(
    call: Call, platform: Any, worker: Any, encrypted: bool
) -> None:
    xml = text_push("oReal", "gh", "帮助", "1", now=1)
    reply = platform.push(xml, encrypted=encrypted).text

    opened = call("open", body=reply)

    assert opened.status_code == 400
    assert texts.HELP[:4] not in opened.text


@pytest.mark.parametrize(("mode", "age_s", "code"), [
    ("compatible", 600, 200), ("compatible", 0, 400), ("safe", 0, 200), ("safe", 600, 200),
])  # fmt: skip
def test_a_signature_that_never_ends_is_not_handed_out(
    make_app: Callable[..., Flask], bot_settings: Settings, mode: Any, age_s: int, code: int
) -> None:
    settings = replace(bot_settings, wechat_mode=mode, signature_age_s=age_s)
    body = {"follower": FOLLOWER, "text": "帮助", "safe": False}

    answer = make_app(settings).test_client().post("/console/compose", base_url=BASE, json=body)

    assert answer.status_code == code
    if code == 200:
        assert ("Encrypt" in answer.json["body"]) is (mode == "safe")


@pytest.mark.parametrize(("asked", "code"), [
    ({}, 404), ({"console": True}, 200), ({"console_public": True}, 200),
])  # fmt: skip
def test_a_configured_account_has_a_console_only_when_asked_for(
    make_app: Callable[..., Flask], bot_settings: Settings, asked: dict[str, bool], code: int
) -> None:
    chosen = replace(bot_settings, **({"console": False} | asked))
    client = make_app(chosen).test_client()

    assert client.get("/console", base_url=BASE).status_code == code
    body = {"follower": FOLLOWER, "text": "帮助"}
    assert client.post("/console/compose", base_url=BASE, json=body).status_code == code


def test_who_has_the_conversation_is_shown(call: Call, app: Flask) -> None:
    with app.app_context():
        store = current_services().store
    found = call("handover/oConsoleA").json
    assert (found["state"], found["desk"]) == ("", "/admin/desk/people")

    store.handovers.meet(
        store.user_key("oConsoleA"), "oConsoleA", "1", "人工", wants="person", timeout_s=60
    )

    found = call("handover/oConsoleA").json
    assert (found["state"], found["reason"]) == ("waiting", "asked")
    assert 0 < found["until"] - found["now"] <= 60
    assert call("handover/oReal").status_code == 404
