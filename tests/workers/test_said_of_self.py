"""A follower's words about himself are told back from his own turns, and from nowhere else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.shipped import TCM
from tests.workers.conftest import Talk
from workers.said_of_self import asked_of_self, in_view, introduces, remembered, said_in
from xinglin.store import Turn

Begin = Callable[..., Talk]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("我叫小林", ["您叫小林"]),
        ("我妈七十岁", ["您妈妈七十岁"]),
        ("我爸姓刘，今年81岁", ["您爸爸姓刘", "您爸爸今年81岁"]),
        ("其实我姓王", ["您姓王"]),
        ("叫我老王就行", ["您叫老王"]),
        ("我住在成都", ["您住在成都"]),
        ("我是小学老师，怕冷", ["您是小学老师", "您怕冷"]),
        ("我女儿对花生过敏", ["您女儿对花生过敏"]),
        ("俺属龙", ["您属龙"]),
        ("我叫什么", []),
        ("我叫了外卖", []),
        ("我在吃中药", []),
        ("我怕冷怎么办", []),
        ("她七十岁", []),
    ],
)
def test_plain_statements_about_people_are_read(text: str, said: list[str]) -> None:
    assert [one.text for one in said_in(text)] == said


def test_only_a_message_of_nothing_else_introduces_somebody() -> None:
    assert introduces("你好，我叫小林") is not None
    assert introduces("我妈七十岁，睡不着怎么办") is None
    assert introduces("我怕冷") is None, "a complaint is answered as one"
    assert introduces("黄芪有什么功效") is None


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("我叫什么", ("", "name")),
        ("你还记得我妈多大吗", ("妈妈", "age")),
        ("她几岁了", ("奶奶", "age")),
        ("我刚才说我怕什么", ("", "fear")),
        ("我对什么过敏来着", ("", "allergy")),
        ("该怎么称呼我呢", ("", "name")),
        ("我女儿几年级了", ("女儿", "work")),
        ("你叫什么", None),
        ("我吃什么好", None),
        ("我头疼怎么办", None),
    ],
)
def test_questions_about_what_was_said_are_known(text: str, asked: tuple[str, str] | None) -> None:
    assert asked_of_self(text, [Turn("我奶奶八十岁", "", 0.0)]) == asked


def test_the_later_of_two_statements_holds() -> None:
    history = [Turn("我妈七十岁", "", 0.0), Turn("说错了，她七十一岁", "", 1.0)]

    said = remembered(history, "妈妈", "age")

    assert said is not None
    assert said.text == "您妈妈七十一岁"
    assert remembered(history, "", "age") is None


def test_a_model_sees_what_was_said_next_to_the_last_turn() -> None:
    history = [Turn("我叫小林", "", 0.0), *(Turn(f"问题{n}", "", n) for n in range(1, 4))]

    assert [turn.user for turn in in_view(history)] == ["问题1", "问题2", "我叫小林", "问题3"]
    assert in_view([]) == []


def test_a_conversation_goes_on_around_what_is_said(talk: Begin) -> None:
    begun = talk()

    replies = [
        begun.say(text).text for text in ("我叫小林", "黄芪有什么功效", "我叫什么名字", "它有毒吗")
    ]

    assert replies[0].startswith("好的，您叫小林")
    assert replies[2].startswith("您说过：您叫小林。")
    assert replies[3].startswith("黄芪在本草书里一般不列为有毒")


def test_nothing_is_known_of_another_follower(talk: Begin) -> None:
    one = talk()
    one.say("我叫小林")
    one.say("我对花生过敏")
    other = Talk(one.replier, one.told)

    for asked in ("我叫什么", "我对什么过敏"):
        assert other.say(asked).text.startswith(TCM.texts.not_said)
    assert one.say("我叫什么").text.startswith("您说过：您叫小林。")


def test_what_was_said_changes_no_answer(talk: Begin) -> None:
    told, plain = talk(), talk()
    for text in ("我八十一岁", "我怕冷", "我不吃香菜"):
        told.say(text)

    told.say("足三里在哪里")
    plain.say("足三里在哪里")

    assert told.last.answer is not None and plain.last.answer is not None
    assert told.last.answer.told == plain.last.answer.told
