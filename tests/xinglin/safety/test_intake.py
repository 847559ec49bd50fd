"""Intake is told from what is cooked, cleaned or asked about."""

from __future__ import annotations

import pytest

from xinglin.safety.hearing import hear
from xinglin.safety.intake import is_fare_or_upkeep, took_in


@pytest.mark.parametrize(
    "text",
    [
        "弟弟把汽油當水喝了",
        "布洛芬吃了八片",
        "降压药吃了两遍怎么办",
        "烤火烤得头晕想吐",
        "吃了四季豆一直吐",
        "chi le zhang lang yao",
        "my son swallowed a battery",
        "she took twenty tylenol pills",
    ],
)
def test_what_was_taken_in_is_seen(text: str) -> None:
    assert took_in(hear(text))


@pytest.mark.parametrize(
    "text",
    ["汽油涨价了", "布洛芬是什么", "四季豆怎么炒", "山药吃多了会怎样", "狗吃了樟脑丸", "how to store mushrooms"],
)  # fmt: skip
def test_a_substance_alone_says_nothing(text: str) -> None:
    assert not took_in(hear(text))


def test_a_meal_is_no_poisoning_unless_somebody_is_ill() -> None:
    assert is_fare_or_upkeep(hear("中午吃了两碗面"))
    assert is_fare_or_upkeep(hear("消毒液拖地兑多少"))
    assert not is_fare_or_upkeep(hear("中午吃了两碗面一直吐"))
    assert not is_fare_or_upkeep(hear("喝了拖地的消毒液"))
