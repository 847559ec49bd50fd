"""Danger signs in a conversation: what was said before counts, complaints are answered too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask

from xinglin import texts
from xinglin.normal import normal_form
from xinglin.safety.categories import CATEGORIES, CONDITION_ANSWER
from xinglin.settings import Settings
from xinglin.store.keys import UserKeys
from xinglin.store.turns.inbox import SESSION_S

pytestmark = pytest.mark.redis
ANSWERS = {category.name: category.answer for category in CATEGORIES}


@pytest.mark.parametrize(
    ("turns", "answer"),
    [
        (["宝宝六个月", "他能喝川贝水吗"], ANSWERS["infant"]),
        (["女儿两岁", "板蓝根呢"], ANSWERS["infant"]),
        (["我怀孕了", "黄芪是什么", "它可以吃吗"], ANSWERS["pregnancy"]),
        (["老婆在哺乳期", "山楂能吃吗"], ANSWERS["pregnancy"]),
        (["我爸有心脏病", "人参他吃合适吗"], CONDITION_ANSWER),
        (["我在吃华法林", "红花能泡水喝吗"], CONDITION_ANSWER),
    ],
)
def test_what_was_said_before_still_counts(
    platform: Any, worker: Any, turns: list[str], answer: str
) -> None:
    *before, last = turns
    for text in before:
        platform.say(text)

    assert platform.say(last) == answer
    assert last not in worker.seen


def test_it_counts_for_the_one_who_said_it_and_for_questions_of_taking_only(
    platform: Any, worker: Any
) -> None:
    platform.say("我怀孕了")

    assert "答：" in platform.say("李时珍是谁？")
    assert "答：" in platform.say("桂枝汤由哪些药组成？")
    assert "答：" in platform.say("枸杞可以泡茶吗？", openid="o2")
    assert platform.say("枸杞可以泡茶吗？") == ANSWERS["pregnancy"]


@pytest.mark.parametrize("command", ["重置", "删除我的数据"])
def test_it_is_forgotten_with_the_conversation(platform: Any, worker: Any, command: str) -> None:
    platform.say("我怀孕了")
    assert "怀孕" in platform.say("我的数据")
    key = UserKeys(worker.store.user_key("o1")).of("said")
    assert 0 < worker.store.redis.ttl(key) <= Settings().history_ttl_s

    platform.say(command)

    assert not worker.store.redis.exists(key)
    assert "答：" in platform.say("枸杞可以泡茶吗？")


def test_without_consent_it_is_kept_as_long_as_the_conversation_or_not_at_all(
    make_app: Callable[[Settings], Flask], bot_settings: Settings, platform: Any, worker: Any
) -> None:
    key = UserKeys(worker.store.user_key("o1")).of("said")
    platform.client = make_app(replace(bot_settings, consent="required")).test_client()
    platform.say("我家宝宝六个月")
    assert not worker.store.redis.exists(key)

    platform.client = make_app(replace(bot_settings, consent="history")).test_client()
    platform.say("我家宝宝六个月")
    assert 0 < worker.store.redis.ttl(key) <= SESSION_S


@pytest.mark.parametrize("word", ["反馈", "投诉", "投訴", "feedback"])
def test_a_complaint_that_speaks_of_danger_is_kept_and_answered(
    platform: Any, worker: Any, word: str
) -> None:
    answer = platform.say(f"{word} 我不想活了")

    assert answer == f"{ANSWERS['self-harm']}\n\n{texts.FEEDBACK_THANKS}"
    assert worker.store.feedback.entries()[0]["text"] == "我不想活了"
    assert platform.say(f"{word} 回答太长") == texts.FEEDBACK_THANKS


def test_an_emergency_in_english_is_answered_in_both_languages(platform: Any) -> None:
    answer = platform.say("my father is unconscious")

    assert answer.startswith("This is an emergency: call 120")
    assert answer.endswith(ANSWERS["unconscious"])


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("ZI SHA", "self-harm"),
        ("自*杀", "self-harm"),
        ("自刹", "self-harm"),
        ("自殺😭", "self-harm"),
        ("我妈中du了", "poisoning"),
        ("阿爷晕咗", "unconscious"),
        ("奶奶照着古书的方子喝药后昏迷了", "unconscious"),
        ("邻居吃了古籍里的偏方吐血", "bleeding"),
    ],
)
def test_a_danger_is_seen_however_it_is_typed(platform: Any, typed: str, name: str) -> None:
    assert platform.say(typed) == ANSWERS[name]


def test_a_very_long_text_is_answered_in_time(platform: Any, worker: Any) -> None:
    assert "答：" in platform.say("一" * 21_000) or worker.seen


def test_the_commands_are_known_in_traditional_characters(platform: Any) -> None:
    assert platform.say("刪除我的數據") == texts.ERASED
    assert platform.say("\ufeff帮助") == texts.HELP
    assert normal_form("黃 芪 有 什 麼 功 效？❤️") == "黄芪有什么功效？"
