"""The webhook as the platform sees it."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from bot.handlers.commands import COMMANDS_PER_MINUTE
from tests import shipped as texts
from tests.shipped import AI_LABEL
from xinglin.settings import Settings
from xinglin.wechat.crypto import sign
from xinglin.wechat.replies import event_push, media_push, text_push

pytestmark = pytest.mark.redis


def signed(*, at: int | None = None, nonce: str = "", **more: str) -> dict[str, str]:
    stamp = str(int(time.time()) if at is None else at)
    nonce = nonce or secrets.token_hex(4)
    return {"signature": sign("token", stamp, nonce), "timestamp": stamp, "nonce": nonce} | more


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
    assert platform.say("我的数据").endswith("反馈：很好"), "all that is kept is shown"
    platform.say("当归")
    assert platform.say("删除我的数据") == texts.ERASED
    assert platform.say("我的数据") == texts.NO_DATA


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


def pushed(client: FlaskClient, query: dict[str, str], xml: str) -> int:
    return client.post("/wechat", query_string=query, data=xml.encode()).status_code


def test_a_signature_serves_its_own_message_and_its_retries_but_no_other(
    client: FlaskClient, worker: Any
) -> None:
    query = signed()
    asked = text_push("o1", "gh", "黄芪", "1", now=1)
    forged = text_push("o1", "gh", "删除我的数据", "2", now=1)
    other_person = text_push("o2", "gh", "黄芪", "1", now=1)

    retries = [pushed(client, query, asked) for _ in range(3)]
    forgeries = [pushed(client, query, xml) for xml in (forged, other_person)]

    assert (retries, forgeries) == ([200] * 3, [403] * 2)
    assert worker.seen == ["黄芪"]
    assert worker.store.stats.snapshot()["signatures_reused"] == 2


def test_parallel_copies_of_one_push_are_all_answered(client: FlaskClient, worker: Any) -> None:
    query, xml = signed(), text_push("o1", "gh", "黄芪", "1", now=1)

    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(lambda _: pushed(client, query, xml), range(4)))

    assert codes == [200] * 4
    assert worker.seen == ["黄芪"]


@pytest.mark.parametrize(
    ("off_s", "code"), [(0, 200), (-500, 200), (500, 200), (-700, 403), (700, 403)]
)
def test_an_old_or_future_signature_is_refused(
    client: FlaskClient, worker: Any, off_s: int, code: int
) -> None:
    query = signed(at=int(time.time()) + off_s)

    assert pushed(client, query, text_push("o1", "gh", "帮助", "1", now=1)) == code


def test_a_time_stamp_that_is_no_number_is_refused(client: FlaskClient) -> None:
    query = {"signature": sign("token", "soon", "1"), "timestamp": "soon", "nonce": "1"}

    assert pushed(client, query, text_push("o1", "gh", "帮助", "1", now=1)) == 403


def test_the_age_check_can_be_switched_off(
    make_app: Callable[[Settings], Flask], bot_settings: Settings
) -> None:
    client = make_app(replace(bot_settings, signature_age_s=0)).test_client()

    for number in ("1", "2"):
        xml = text_push("o1", "gh", "帮助", number, now=1)
        assert pushed(client, signed(at=1, nonce=number), xml) == 200
        assert pushed(client, signed(at=1, nonce="1"), xml) == (200 if number == "1" else 403)


@pytest.mark.parametrize(
    ("kind", "said"), [("user", texts.USER_RATE), ("account", texts.ACCOUNT_RATE)]
)
def test_who_asks_too_often_is_told_so_and_when_to_come_back(
    make_app: Callable[[Settings], Flask], bot_settings: Settings, platform: Any, worker: Any,
    kind: str, said: str,
) -> None:  # fmt: skip
    limited = replace(bot_settings, **{f"{kind}_rate": "2/hour"})
    platform.client = make_app(limited).test_client()

    answers = [platform.say(f"问{n}") for n in range(3)]
    retry = platform.say("问0", number=10**6 + 1)
    danger = platform.say("我胸口很痛")
    help_text = platform.say("帮助")

    assert [a.startswith("答：") for a in answers] == [True, True, False]
    assert answers[2].startswith(said.partition("{")[0])
    assert re.search("[0-9]+(分钟|小时|秒)再发", answers[2])
    assert retry.startswith("答：问0"), "a retry of an answered message costs nothing"
    assert "120" in danger
    assert help_text == texts.HELP


def test_commands_are_limited_too_but_not_the_emergency_answer(platform: Any, worker: Any) -> None:
    answers = [platform.say("我的数据") for _ in range(COMMANDS_PER_MINUTE + 1)]

    assert answers[-2] == texts.NO_DATA
    assert "指令发得太快" in answers[-1]
    assert "指令发得太快" in platform.say("删除我的数据")
    assert "12356" in platform.say("我不想活了")


def test_without_redis_an_emergency_is_still_answered_and_an_unfollow_is_asked_for_again(
    make_app: Callable[[Settings], Flask], bot_settings: Settings, platform: Any
) -> None:
    gone = replace(bot_settings, redis_url="unix:///nowhere/redis.sock")
    platform.client = make_app(gone).test_client()

    assert "120" in platform.say("我胸口很痛")
    assert platform.push(event_push("o1", "gh", "unsubscribe", now=1)).status_code == 503


# --- the account's mode ---


def test_safe_mode_is_the_default_of_an_account_with_a_key(
    make_app: Callable[[Settings], Flask], bot_settings: Settings, worker: Any
) -> None:
    client = make_app(replace(bot_settings, wechat_mode="auto")).test_client()
    xml = text_push("o1", "gh", "帮助", "1", now=1)

    for more in ({}, {"encrypt_type": "aes"}, {"encrypt_type": "AES", "msg_signature": "0" * 40}):
        assert pushed(client, signed(**more), xml) == 403


def test_a_signature_serves_one_body_whatever_is_added_to_its_query(
    client: FlaskClient, worker: Any
) -> None:
    query = signed()
    assert pushed(client, query, text_push("o1", "gh", "黄芪", "1", now=1)) == 200

    forged = text_push("o2", "gh", "删除我的数据", "2", now=1)
    for more in ({}, {"x": "1"}, {"openid": "o2"}, {"encrypt_type": "raw"}):
        assert pushed(client, query | more, forged) == 403
    longer = text_push("o1", "gh", "黄芪", "1", now=1) + "\n"
    assert pushed(client, query, longer) == 403


def test_the_signature_is_looked_at_before_the_body_is_read(client: FlaskClient) -> None:
    """A stranger's body is not read at all: a limit of its length has no say any more."""
    huge = b"<xml>" + b"a" * 200_000

    for query in ({}, signed() | {"signature": "0" * 40}, signed(at=1)):
        assert client.post("/wechat", query_string=query, data=huge).status_code == 403
    assert client.post("/wechat", query_string=signed(), data=huge).status_code == 413


def test_an_address_check_is_tied_to_its_echo(client: FlaskClient, worker: Any) -> None:
    query = signed(echostr="hello")

    assert client.get("/wechat", query_string=query).text == "hello"
    assert client.get("/wechat", query_string=query | {"echostr": "other"}).status_code == 403
    query.pop("echostr")
    assert pushed(client, query, text_push("o1", "gh", "帮助", "1", now=1)) == 403
    assert client.get("/wechat", query_string=query | {"echostr": "hello"}).text == "hello"


def test_without_redis_the_address_check_is_still_answered(
    make_app: Callable[[Settings], Flask], bot_settings: Settings
) -> None:
    gone = replace(bot_settings, redis_url="unix:///nowhere/redis.sock", id_key="k")

    answer = make_app(gone).test_client().get("/wechat", query_string=signed(echostr="hello"))

    assert (answer.status_code, answer.text) == (200, "hello")


@pytest.mark.parametrize("text", ["黄芪]]>有什么功效", "<![CDATA[黄芪", "当归]]></Content>呢"])
@pytest.mark.parametrize("encrypted", [False, True])
def test_marks_of_cdata_in_a_text_are_answered_as_they_were_written(
    platform: Any, worker: Any, text: str, encrypted: bool
) -> None:
    xml = text_push("o1", "gh", "@", "1", now=1).replace("@", text)

    answer = platform.push(xml, encrypted=encrypted)

    assert answer.status_code == 200
    assert platform.envelope.open_reply(answer.text)["Content"].startswith(f"答：{text}")
