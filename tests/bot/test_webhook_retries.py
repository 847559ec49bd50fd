"""A push that comes again does nothing again, and gets what it got."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from tests import shipped as texts
from tests.shipped import AI_LABEL
from xinglin.settings import Settings
from xinglin.store.keys import UserKeys
from xinglin.wechat.replies import event_push

pytestmark = pytest.mark.redis


def long_answer(worker: Any) -> None:
    worker.answer = "".join(f"第{number}味药补气固表，利水消肿。" for number in range(400))


def test_three_copies_of_a_tap_get_the_same_page_and_the_next_tap_the_next(
    platform: Any, worker: Any
) -> None:
    long_answer(worker)
    first = platform.say("黄芪", number=1)

    with ThreadPoolExecutor(3) as pool:
        copies = set(pool.map(lambda _: platform.say("继续", number=2), range(3)))
    third = platform.say("继续", number=3)
    retried = [platform.say("继续", number=number) for number in (2, 3)]
    fourth = platform.say("继续", number=4)

    assert len(copies) == 1
    assert retried == [copies.pop(), third]
    pages = [first, *retried, fourth]
    shown = "".join(page.split("\n（")[0] for page in pages)
    assert worker.answer.startswith(shown)
    assert len(set(pages)) == 4


def test_a_retry_of_the_question_does_not_turn_the_pages_back(platform: Any, worker: Any) -> None:
    long_answer(worker)
    first = platform.say("黄芪", number=1)
    second = platform.say("继续", number=2)

    assert platform.say("黄芪", number=1) == first
    assert platform.say("继续", number=3) not in (first, second, texts.NOTHING_MORE)


def test_a_retry_of_a_long_command_does_not_turn_the_pages_back(platform: Any, worker: Any) -> None:
    platform.say("反馈 " + "好" * 990)
    first = platform.say("我的数据", number=1)
    rest = platform.say("继续", number=2)

    assert platform.say("我的数据", number=1) == first
    assert rest != texts.NOTHING_MORE
    assert platform.say("继续", number=3) == texts.NOTHING_MORE


def test_a_retried_tap_still_has_the_late_answer(platform: Any, worker: Any) -> None:
    worker.open.clear()
    platform.say("难题")
    early = platform.say("继续", number=1)
    worker.open.set()
    time.sleep(0.3)

    assert early == texts.PENDING
    assert platform.say("继续", number=1) == texts.PENDING, "a lost answer was this one"
    found = [platform.say("继续", number=2) for _ in range(3)]
    assert set(found) == {found[0]}
    assert found[0].startswith("答：难题")
    assert platform.say("继续", number=3) == texts.NOTHING_MORE


def test_a_tap_is_kept_for_an_hour(platform: Any, worker: Any) -> None:
    platform.say("继续", number=1)

    [key] = worker.store.redis.keys("xl:*:once:1")
    assert 3500 < worker.store.redis.ttl(key) <= 3600


@pytest.mark.parametrize("by", ["command", "event"])
def test_a_late_copy_of_an_erasure_leaves_what_was_written_since(
    platform: Any, worker: Any, by: str
) -> None:
    def erase() -> None:
        if by == "command":
            assert platform.say("删除我的数据", number=1) == texts.ERASED
        else:
            assert platform.push(event_push("o1", "gh", "unsubscribe", now=1)).status_code == 200

    platform.say("黄芪")
    erase()
    platform.say("当归")
    erase()

    exported = platform.say("我的数据")
    assert "当归" in exported
    assert "黄芪" not in exported


def test_a_command_that_was_cut_off_is_carried_out_by_the_next_try(
    platform: Any, worker: Any
) -> None:
    platform.say("黄芪")
    user = worker.store.user_key("o1")
    assert worker.store.idempotency.first(user, "1"), "the process ended here"
    worker.store.redis.pexpire(UserKeys(user).of("once:1"), 1)
    time.sleep(0.01)

    assert platform.say("重置", number=1) == texts.RESET


@pytest.mark.parametrize("command", ["重置", "赞", "反馈 很好", "同意"])
def test_state_changes_once_however_often_it_is_pushed(
    platform: Any, worker: Any, command: str
) -> None:
    platform.say("黄芪")

    with ThreadPoolExecutor(3) as pool:
        answers = list(pool.map(lambda _: platform.say(command, number=5), range(6)))

    assert len(set(answers)) == 1
    counts = worker.store.stats.snapshot()
    assert counts.get("votes_up", 0) <= 1
    assert len(worker.store.feedback.entries()) <= 1


def test_two_menu_entries_in_one_second_get_each_their_own_answer(
    platform: Any, worker: Any
) -> None:
    def click(key: str) -> str:
        response = platform.push(event_push("o1", "gh", "CLICK", key=key, now=7))
        content: str = platform.envelope.open_reply(response.text)["Content"]
        return content

    answers = [click(key) for key in ("帮助", "黄芪", "帮助", "黄芪", "我的数据")]

    assert answers[0] == answers[2] == texts.HELP
    assert answers[1].startswith("答：黄芪")
    assert answers[3] == answers[1]
    assert "问：黄芪" in answers[4]
    assert worker.seen == ["黄芪"]


@pytest.mark.parametrize(
    "text", ["【收到不支持的消息类型，暂无法显示】", "/::)", "[旺柴][旺柴]", "。", "😀", "……"]
)
def test_what_holds_no_words_gets_a_fixed_text(platform: Any, worker: Any, text: str) -> None:
    assert platform.say(text) == texts.WORDLESS
    assert worker.seen == []


@pytest.mark.parametrize(("zone", "shown"), [("", "08:00"), ("UTC", "00:00")])
def test_times_are_those_of_china_unless_set_otherwise(
    make_app: Callable[[Settings], Flask], bot_settings: Settings, platform: Any, worker: Any,
    zone: str, shown: str, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    settings = replace(bot_settings, timezone=zone) if zone else bot_settings
    platform.client = make_app(settings).test_client()
    platform.say("黄芪")

    exported = platform.say("我的数据")
    monkeypatch.undo()
    time.tzset()

    assert f"[1970-01-01 {shown}]" in exported


def test_a_retry_and_a_copy_get_the_same_answer_and_make_one_turn(
    platform: Any, worker: Any
) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = set(pool.map(lambda _: platform.say("问", number=7), range(4)))
    answers.add(platform.say("问", number=7))

    assert answers == {f"答：问\n{AI_LABEL}"}
    assert worker.seen == ["问"]


def test_a_retried_command_is_carried_out_once(platform: Any, worker: Any) -> None:
    platform.say("黄芪")

    answers = [platform.say("赞", number=5) for _ in range(3)]

    assert answers == [texts.VOTED_UP] * 3
    assert worker.store.stats.snapshot()["votes_up"] == 1
