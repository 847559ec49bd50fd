"""Commands are whole messages; sentences that mention them are questions."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from tests import shipped as texts
from xinglin.commands import Command, parse_command


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("帮助", "help"),
        (" 帮助。", "help"),
        ("#帮助", "help"),
        ("HELP", "help"),
        ("？", "help"),
        ("重置", "reset"),
        ("Ｒｅｓｅｔ", "reset"),
        ("我的数据", "export"),
        ("我的數據", "export"),
        ("删除我的数据！", "erase"),
        ("赞", "up"),
        ("👍", "up"),
        ("踩", "down"),
        ("继续", "more"),
        ("「继续」", "more"),
        ("下一頁", "more"),
    ],
)
def test_a_command_is_recognised_however_it_is_written(text: str, name: str) -> None:
    assert parse_command(text) == Command(name)


@pytest.mark.parametrize(
    ("text", "said"),
    [("反馈 回答太长", "回答太长"), ("投诉：乱说", "乱说"), ("反馈", ""), ("反饋\n好", "好")],
)
def test_feedback_carries_its_words(text: str, said: str) -> None:
    assert parse_command(text) == Command("feedback", said, complains="投" in text)


@pytest.mark.parametrize(
    "text",
    [
        "请帮助我了解黄芪",
        "继续说当归",
        "赞育丹治什么",
        "我的数据在哪里",
        "反馈调节是什么",
        "",
        "重置经络",
    ],
)
def test_a_sentence_is_not_a_command(text: str) -> None:
    assert parse_command(text) is None


def test_every_fixed_text_fits_one_bubble_and_the_greeting_says_what_it_must() -> None:
    fixed = [text for key, text in asdict(texts.TCM.texts).items() if key != "default"]

    assert all(0 < len(text.encode()) <= 2040 for text in fixed)
    for word in ("AI", "不是医生", "帮助"):
        assert word in texts.GREETING
    for word in ("重置", "我的数据", "删除我的数据", "赞", "踩", "反馈"):
        assert word in texts.HELP
