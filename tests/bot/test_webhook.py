"""The webhook as the platform sees it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from xinglin import texts
from xinglin.settings import Settings
from xinglin.wechat.crypto import sign
from xinglin.wechat.pages import AI_LABEL
from xinglin.wechat.replies import event_push, media_push, text_push

pytestmark = pytest.mark.redis


def signed(**more: str) -> dict[str, str]:
    return {"signature": sign("token", "1", "2"), "timestamp": "1", "nonce": "2"} | more


def test_the_address_check_is_answered(client: FlaskClient) -> None:
    good = client.get("/wechat", query_string=signed(echostr="hello"))
    bad = client.get("/wechat", query_string=signed(echostr="hello", signature="x"))

    assert (good.status_code, good.text) == (200, "hello")
    assert bad.status_code == 403
    assert client.get("/wechat", query_string=signed()).status_code == 400


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_question_is_answered_with_the_label(platform: Any, worker: Any, encrypted: bool) -> None:
    answer = platform.say("黄芪有什么功效？", encrypted=encrypted)

    assert answer == f"答：黄芪有什么功效？\n{AI_LABEL}"


def test_a_retry_and_a_copy_get_the_same_answer_and_make_one_turn(
    platform: Any, worker: Any
) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(lambda _: platform.say("问", number=7), range(4)))
    answers.add(platform.say("问", number=7))

    assert answers == {f"答：问\n{AI_LABEL}"}
    assert worker.seen == ["问"]


def test_a_late_answer_is_behind_the_tap_link(platform: Any, worker: Any) -> None:
    worker.open.clear()
    began = time.monotonic()

    late = platform.say("难题")
    still = platform.say("继续")
    worker.open.set()
    time.sleep(0.2)
    found = platform.say("继续")

    assert 0.8 < time.monotonic() - began < 3
    assert (late, still) == (texts.LATE, texts.PENDING)
    assert found == f"答：难题\n{AI_LABEL}"
    assert platform.say("继续") == texts.NOTHING_MORE


def test_a_late_answer_of_an_account_that_may_send_is_acknowledged_in_silence(
    make_app: Callable[[Settings], Flask], bot_settings: Settings, platform: Any
) -> None:
    may_send = replace(bot_settings, wechat_account="service", wechat_app_secret="s")
    platform.client = make_app(may_send).test_client()

    assert platform.say("难题") == ""


def test_a_long_answer_comes_in_pages_each_with_the_label(platform: Any, worker: Any) -> None:
    worker.answer = "补气固表，利水消肿。" * 200

    first = platform.say("黄芪")
    second = platform.say("继续")

    for page in (first, second):
        assert AI_LABEL in page
        assert len(page.encode()) <= 2040
    assert first.endswith(texts.MORE)


def test_danger_signs_never_reach_the_model(platform: Any, worker: Any) -> None:
    assert "120" in platform.say("我胸口很痛")
    assert "不能" in platform.say("给我开个方子")
    assert worker.seen == []


def test_the_commands_do_what_they_say(platform: Any, worker: Any) -> None:
    assert platform.say("帮助") == texts.HELP
    assert platform.say("赞") == texts.NOTHING_TO_VOTE
    platform.say("黄芪")
    assert platform.say("踩") == texts.VOTED_DOWN
    export = platform.say("我的数据")
    assert "问：黄芪" in export
    assert "答：答：黄芪" in export
    assert platform.say("反馈 很好") == texts.FEEDBACK_THANKS
    assert platform.say("重置") == texts.RESET
    assert platform.say("我的数据") == texts.NO_DATA
    platform.say("当归")
    assert platform.say("删除我的数据") == texts.ERASED
    assert platform.say("我的数据") == texts.NO_DATA


def test_a_retried_command_is_carried_out_once(platform: Any, worker: Any) -> None:
    platform.say("黄芪")

    answers = [platform.say("赞", number=5) for _ in range(3)]

    assert answers == [texts.VOTED_UP] * 3
    assert worker.store.stats.snapshot()["votes_up"] == 1


def test_every_kind_of_message_is_answered_politely(platform: Any, worker: Any) -> None:
    def content(response: Any) -> str:
        assert response.status_code == 200
        if response.text == "success":
            return ""
        return platform.envelope.open_reply(response.text)["Content"]

    spoken = content(platform.push(media_push("o1", "gh", "voice", "当归", "1", now=1)))
    silent = content(platform.push(media_push("o1", "gh", "voice", "", "2", now=1)))
    assert spoken.startswith("答：当归")
    assert silent == texts.UNSUPPORTED["voice"]
    for number, kind in enumerate(("image", "video", "location", "link", "hologram"), 10):
        answer = content(platform.push(media_push("o1", "gh", kind, "", str(number), now=1)))
        assert answer == texts.UNSUPPORTED.get(kind, texts.UNSUPPORTED["other"])
    assert content(platform.push(event_push("o1", "gh", "subscribe", now=1))) == texts.GREETING
    assert content(platform.push(event_push("o1", "gh", "LOCATION", now=1))) == ""
    assert content(platform.push(event_push("o1", "gh", "unsubscribe", now=1))) == ""
    assert not [k for k in worker.store.redis.keys("*") if b"{" in k]


def test_too_many_questions_are_refused_honestly(platform: Any, worker: Any) -> None:
    worker.open.clear()
    with ThreadPoolExecutor(7) as pool:
        answers = list(pool.map(lambda i: platform.say(f"问{i}"), range(7)))

    assert answers.count(texts.USER_FULL) == 2
    assert answers.count(texts.LATE) == 5


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 400),
        (b"<xml>", 400),
        (b"<html></html>", 400),
        (b"<xml><ToUserName>a</ToUserName></xml>", 400),
        (b"\xff" * 100, 400),
        (b"<xml>" + b"a" * 70_000 + b"</xml>", 413),
    ],
)
def test_bad_bodies_are_refused_without_a_fault(
    client: FlaskClient, body: bytes, code: int
) -> None:
    assert client.post("/wechat", query_string=signed(), data=body).status_code == code


def test_strangers_and_wrong_methods_are_refused(client: FlaskClient) -> None:
    assert client.post("/wechat", data=b"<xml></xml>").status_code == 403
    assert client.put("/wechat").status_code == 405
    assert client.get("/nowhere").status_code == 404


def test_without_redis_the_follower_reads_the_busy_text(
    make_app: Callable[[Settings], Flask], bot_settings: Settings, platform: Any
) -> None:
    gone = replace(bot_settings, redis_url="unix:///nowhere/redis.sock", id_key="k")
    app = make_app(gone)
    platform.client = app.test_client()

    assert platform.say("黄芪") == texts.BUSY
    assert app.test_client().get("/readyz").status_code == 503
    assert app.test_client().get("/metrics").status_code == 503
    assert app.test_client().get("/healthz").status_code == 200


def test_a_users_words_and_openid_stay_out_of_the_log(
    platform: Any, worker: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")

    platform.push(text_push("oSecretFollower", "gh", "秘密的问题", "1", now=1))

    logged = " ".join(str(record.__dict__) for record in caplog.records)
    assert "message_accepted" in logged
    assert "秘密" not in logged
    assert "oSecretFollower" not in logged
