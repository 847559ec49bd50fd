"""Questions that go on, and questions that stand by themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.follow_up import is_follow_up


@pytest.mark.parametrize(
    "question",
    [
        "它治什么病",
        "那能帮我看病吗",
        "出自哪本书",
        "作者是谁？",
        "吃点什么好呢",
        "这本书讲了啥",
        "怎么吃",
        "男的也可以吃吗",
        "有啥用",
        "要不要喝姜汤",
        "如果嗓子疼呢，还能喝吗",
        "跟金匮要略什么关系",
        "加点枸杞呢",
        "它俩分别说明什么",
        "平时该注意什么",
        "和薏米比哪个更健脾",
        "我能吃吗",
        "其他功效都有哪些方面可以说说",
        "还有别的说法吗？",
        "为什么",
        "",
    ],
)
def test_what_points_back_or_names_nothing_goes_on(question: str) -> None:
    assert is_follow_up(question)


@pytest.mark.parametrize(
    "question",
    [
        "我手脚冰凉怎么办",
        "我最近总睡不好",
        "这几天一直咳嗽，痰也多",
        "最近掉头发",
        "四君子汤由哪几味药组成？",
        "张仲景是哪个朝代的人，写了什么书",
        "什么是君臣佐使，请讲讲",
        "肝主疏泄应当怎么理解",
    ],
)
def test_a_question_with_a_subject_of_its_own_stands_by_itself(question: str) -> None:
    assert not is_follow_up(question)


@given(st.text(max_size=300))
def test_any_text_is_one_or_the_other(question: str) -> None:
    assert is_follow_up(question) in {True, False}
