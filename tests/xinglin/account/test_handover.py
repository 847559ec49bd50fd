"""`[handover]` of an account: what may stand there, and how a mistake is told."""

from __future__ import annotations

import re
from datetime import datetime

import pytest

from xinglin.account import Account, Bundle, HandoverRules, read_account
from xinglin.account.handover import closed_words, started_words
from xinglin.account.starter import starter_bundle
from xinglin.account.template import account_file
from xinglin.errors import AccountError


def read(lines: str) -> Account:
    return read_account(Bundle({"account.toml": f'name = "茶铺"\n{lines}'.encode()}), "shop")


def test_without_the_table_nobody_takes_over_and_alone_it_has_its_usual_values() -> None:
    assert read("").handover is None
    assert read("[handover]").handover == HandoverRules()
    assert HandoverRules().timeout_s == 1800


def test_all_of_it_is_read() -> None:
    rules = read(
        '[handover]\nnames = ["店长", "阿福"]\nhours = ["09:00-12:00", "14:00-18:00"]\n'
        'days = "工作日"\ntimeout = 5\nplatform = true\non_unanswered = "offer"'
    ).handover

    assert rules is not None
    assert rules.names == ("店长", "阿福")
    assert rules.hours == "工作日 09:00-12:00、14:00-18:00"
    assert (rules.timeout_s, rules.platform, rules.on_unanswered) == (300, True, "offer")
    monday = datetime(2026, 11, 30, 13)
    assert [rules.is_open(monday.replace(hour=hour)) for hour in (11, 13, 17)] == [
        True,
        False,
        True,
    ]
    assert not rules.is_open(datetime(2026, 11, 29, 11)), "a Sunday"


@pytest.mark.parametrize(
    ("line", "english", "chinese"),
    [
        ("timeout = 0", "line 3, handover, timeout: write whole minutes from 1 to 2880", "分钟"),
        ('timeout = "30"', "whole minutes", "整数"),
        ("timeout = true", "whole minutes", "整数"),
        ('on_unanswered = "always"', '"offer"', "直接转人工"),
        ('platform = "yes"', "write true or false", "true 或 false"),
        ('names = ["店"]', "2 to 12 characters", "2 到 12 个字"),
        ('names = [""]', "an empty text", "空的文字"),
        ('hours = "nine"', 'write hours as "09:00-18:00"', "时间要写成"),
        ('days = ["someday"]', "write days as", "日子要写成"),
        ("time_out = 5", "did you mean timeout?", "是不是 timeout"),
    ],
)
def test_a_mistake_names_its_place_and_remedy_in_both_languages(
    line: str, english: str, chinese: str
) -> None:
    with pytest.raises(AccountError) as refused:
        read(f"[handover]\n{line}")

    (problem,) = refused.value.problems
    assert english in problem
    assert chinese in problem.zh
    assert "shop/account.toml" in problem


def test_a_table_is_wanted() -> None:
    with pytest.raises(AccountError, match=r"write \[handover\]"):
        read("handover = true")


@pytest.mark.parametrize(
    ("key", "text"),
    [
        ("handover_started", "请稍等"),
        ("handover_tap", "请稍等"),
        ("handover_unseen", "对方看不到"),
        ("handover_offered", "问真人"),
        ("complaint_unkept", "请再写一遍"),
    ],
)
def test_a_text_without_the_way_on_is_refused(key: str, text: str) -> None:
    with pytest.raises(AccountError, match=key):
        read(f'{key} = "{text}"')


def test_what_is_said_depends_on_what_the_account_may_and_the_follower_allowed() -> None:
    texts = read("").texts
    sends = started_words(texts, can_send=True, seen=True, by_platform=False)
    neither = started_words(texts, can_send=False, seen=False, by_platform=False)

    assert sends == texts.handover_started
    assert neither == "\n".join([sends, texts.handover_tap, texts.handover_unseen])
    assert started_words(texts, can_send=False, seen=False, by_platform=True) == sends
    assert "（值班时间：不定）" in closed_words(texts, HandoverRules())
    assert "（值班时间：周末）" in closed_words(texts, HandoverRules(hours="周末"))


def test_init_switches_it_on_and_its_example_works() -> None:
    assert read_account(starter_bundle("茶铺")).handover == HandoverRules()
    text = account_file("茶铺", handover=True)
    begin = text.index("[handover]\n", text.index("\n[handover]\n"))
    example = re.sub("^# ", "", text[begin : text.index("\n\n", begin)], flags=re.MULTILINE)

    rules = read(example).handover

    assert rules is not None
    assert rules.names == ("店长", "小王")
    assert rules.duty.spans
    assert account_file("茶铺").count("# [handover]\n") == 1
