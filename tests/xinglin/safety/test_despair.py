"""Hints at an end are told from games and figures of speech."""

from __future__ import annotations

import pytest

from xinglin.safety.despair import hints_at_an_end, is_play
from xinglin.safety.hearing import hear
from xinglin.safety.rules import judge


@pytest.mark.parametrize(
    "text",
    [
        "站在天台边上，往下看",
        "没什么牵挂了",
        "我不在了也沒人會難過",
        "攒了半年的安眠药",
        "下辈子不做人了",
        "i am tired of living",
        "they would be better off without me",
    ],
)
def test_hints_at_an_end_are_seen(text: str) -> None:
    assert hints_at_an_end(hear(text))


@pytest.mark.parametrize(
    "text",
    ["游戏里从楼顶跳下去就复活", "睡不醒的春天", "辞职解脱了", "绳子打结怎么解", "不想活动", "永别了武器"],
)  # fmt: skip
def test_games_and_figures_of_speech_are_none(text: str) -> None:
    assert not hints_at_an_end(hear(text))


def test_a_pastime_is_known() -> None:
    assert is_play(hear("蹦极跳下去爽翻"))
    assert not is_play(hear("想从楼上跳下去"))


@pytest.mark.parametrize(
    ("text", "stopped"),
    [
        ("减肥减得想死，天天吃草", False),
        ("清仓啦，跳楼价只卖三天", False),
        ("嘿嘿，等放假那天我决定去死，省得还花呗", True),
        ("哈哈今晚就去跳楼，谁来给我拍视频", True),
        ("开玩笑啦，遗书而已", True),
        ("周末我准备自杀", True),
    ],
)
def test_a_jest_is_one_without_a_plan_or_a_means(text: str, *, stopped: bool) -> None:
    assert (judge(text) is not None) is stopped
