"""Advice to an owner although the account works."""

from __future__ import annotations

import pytest

from tests.shipped import TCM
from xinglin.account import Bundle, read_account
from xinglin.account.advice import advise

GOOD = 'name = "茶"\n[[reply]]\nmatch = "地址"\ntext = "路"\n'


def notes(text: str) -> list[str]:
    return [str(note) for note in advise(read_account(Bundle({"account.toml": text.encode()})))]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('name = "茶"\ngreeting = "你好"', "greeting does not say that an AI answers"),
        ('name = "茶"\nhelp = "我是AI"', "does not name 反馈 or 投诉"),
        ('name = "茶"\n[[reply]]\nmatch = "重置"\ntext = "x"', "重置 is a command"),
        ('name = "茶"\n[[reply]]\nmatch = "我不想活了"\ntext = "x"', "gets safety's answer"),
        (GOOD + GOOD.split("\n", 1)[1], "地址 is answered by reply 1 already"),
        (f'name = "茶"\n[[reply]]\nmatch = "x"\ntext = "{"长" * 1000}"', "shown in pages"),
    ],
)
def test_what_may_not_be_meant_is_told(text: str, words: str) -> None:
    assert any(words in note for note in notes(text))


def test_nothing_is_told_of_what_is_fine() -> None:
    assert notes(GOOD + '[[reply]]\nmatch = ["菜单", "投诉"]\ntext = "茶单"') == []
    assert advise(TCM) == []


@pytest.mark.parametrize("word", ["一泡放几克", "孕妇能喝吗"])
def test_a_shops_own_word_on_bodies_is_reached(word: str) -> None:
    rule = f'[[reply]]\nmatch = "{word}"\ntext = "问店员"\n'

    assert notes(f'name = "茶"\nmedical = false\n{rule}') == []
    assert any("gets safety's answer" in note for note in notes(f'name = "茶"\n{rule}'))
