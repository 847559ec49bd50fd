"""An owner's own list of questions."""

from __future__ import annotations

import pytest

from knowledge.errors import ReadError
from knowledge.find import Finder
from knowledge.notes import Column, Knowledge, Place, Row, Table
from knowledge.trial import Verdict, judge, read_trials, run_trials

TEA = Table(
    "茶",
    (Column("价格", ("多少钱",)), Column("产地")),
    (Row("龙井", (), {"价格": "100元", "产地": "杭州"}, Place("t", 2)),),
)


def test_questions_turns_and_refusals_are_judged() -> None:
    text = (
        '{"question": "龙井多少钱", "expect": "100元"}\n\n'
        '{"turns": ["龙井多少钱", "产地呢"], "expect": ["杭州"]}\n'
        '{"question": "明天下雨吗", "refuse": true}\n'
        '{"question": "龙井多少钱", "expect": ["200元"]}\n'
        '{"question": "龙井多少钱", "refuse": true}\n'
    )

    results = list(run_trials(Finder(Knowledge((), (TEA,))), read_trials(text, "l.jsonl")))

    assert [right for *_, right in results] == [True, True, True, False, False]
    assert str(results[1][0].place) == "l.jsonl, line 3"


def test_a_line_that_is_no_record_is_a_question_to_be_judged_by_a_reader() -> None:
    plain, turns = read_trials("龙井多少钱\n龙井多少钱 | 产地呢\n", "l.txt")

    assert (plain.turns, turns.turns) == (("龙井多少钱",), ("龙井多少钱", "产地呢"))
    assert judge(plain, "100元", "", answers=True) == Verdict.OPEN


@pytest.mark.parametrize(
    ("line", "text", "topic", "right"),
    [
        ('{"question": "x", "expect": ["甲|乙", "丙"]}', "乙和丙", "", True),
        ('{"question": "x", "expect": ["甲|乙", "丙"]}', "甲和乙", "", False),
        ('{"question": "x", "topics": ["茶", "水"]}', "随便", "水", True),
        ('{"question": "x", "topics": ["茶"], "expect": "价"}', "价", "水", False),
    ],
)
def test_words_may_have_others_beside_them_and_topics_are_of_the_piece(
    line: str, text: str, topic: str, right: bool
) -> None:
    (trial,) = read_trials(line, "l.jsonl")

    verdict = judge(trial, text, topic, answers=True)

    assert (verdict == Verdict.RIGHT) is right
    assert judge(trial, text, topic, answers=False) == Verdict.WRONG


def test_a_mistake_is_told_in_both_languages() -> None:
    with pytest.raises(ReadError) as raised:
        read_trials("\n{", "l.jsonl")

    assert raised.value.zh.startswith("l.jsonl 第 2 行：不是 JSON")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 1: no JSON"),
        ("[]", "line 1: a record with"),
        ('{"question": "x", "want": ["y"]}', "line 1: a record with"),
        ('{"expect": ["x"]}', "'question' or 'turns'"),
        ('{"turns": [3], "expect": ["x"]}', "question or turns holds texts"),
        ('{"question": "x", "refuse": 1}', "'refuse' is true or false"),
        ('{"question": "x", "topics": [1]}', "topics holds texts"),
        ("", "no line"),
    ],
)
def test_what_is_no_list_is_said(line: str, words: str) -> None:
    with pytest.raises(ReadError, match=words):
        read_trials(line, "l.jsonl")
