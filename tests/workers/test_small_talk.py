"""Small talk that a model may answer out of itself."""

from __future__ import annotations

import pytest

from knowledge.found import Band, Found, Kind
from workers.small_talk import is_small_talk, stays_on_topic

NOTHING = Found(Kind.NONE, Band.PASS, (), -9.0, "")


@pytest.mark.parametrize("said", ["外面下大雨了", "我叫小林", "刚到家", "今天真开心！"])
def test_what_only_wants_to_be_heard_is_small_talk(said: str) -> None:
    assert is_small_talk(said, NOTHING)


@pytest.mark.parametrize(
    "asked",
    [
        "你们那儿有停车的地方吗",
        "几点关门",
        "手机没电了怎么办？",
        "给我推荐一本书",
        "我膝盖疼",
        "昨天我们一家人去了一个很远很远的地方玩了整整一天才回来",
    ],
)
def test_a_question_a_complaint_and_a_story_are_none(asked: str) -> None:
    assert not is_small_talk(asked, NOTHING)


def test_who_names_a_thing_wants_to_know_of_it() -> None:
    assert not is_small_talk(
        "赤石脂", Found(Kind.NONE, Band.PASS, (), -9.0, "", lacking=("赤石脂",))
    )
    assert not is_small_talk("黄芪", Found(Kind.NONE, Band.PASS, (), -9.0, "", names=("黄芪",)))


@pytest.mark.parametrize(
    ("said", "draft", "keeps"),
    [
        ("我叫小林", "小林你好，很高兴认识你。", True),
        ("外面下大雨了", "下大雨的天，出门记得带伞。", True),
        ("养了一只小猫", "恭喜你有了宝宝。", False),
        ("外面下大雨了", "你的心情真是太好了。", False),
        ("嗯嗯", "嗯嗯", False),
    ],
)
def test_a_draft_takes_up_what_was_said(said: str, draft: str, keeps: bool) -> None:
    assert stays_on_topic(said, draft) == keeps
