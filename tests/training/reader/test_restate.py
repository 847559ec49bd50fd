"""Questions in other words stay questions about the same thing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.reader.restate import restate


@pytest.mark.parametrize("thing", ["黄芪", "四物汤", "阴阳", "睡不着"])
@pytest.mark.parametrize(
    "question", ["{0}", "什么是{0}？", "{0}有什么功效", "我最近{0}", "请介绍一下{0}。"]
)
def test_the_thing_asked_after_stays(thing: str, question: str) -> None:
    for salt in range(200):
        assert thing in restate(question.format(thing), str(salt))


def test_a_question_is_worded_in_many_ways_and_always_alike_for_one_salt() -> None:
    said = [restate("黄芪有什么功效？", str(salt)) for salt in range(300)]

    assert len(set(said)) > 60
    assert said == [restate("黄芪有什么功效？", str(salt)) for salt in range(300)]


def test_nothing_opens_a_greeting_or_what_is_opened_already() -> None:
    for salt in map(str, range(300)):
        assert restate("早上好", salt, opened=False).startswith("早上好")
        assert restate("请问黄芪是什么？", salt).startswith("请问黄芪")


@given(st.text(max_size=40), st.text(max_size=4))
def test_any_text_comes_out_as_text(question: str, salt: str) -> None:
    said = restate(question, salt)

    assert bool(said.strip("？?。！!～ ")) == bool(question.strip("？?。！!～ "))


def test_marks_alone_stay_as_they_are() -> None:
    assert restate("？？", "1") == "？？"
    assert restate("", "1") == ""
