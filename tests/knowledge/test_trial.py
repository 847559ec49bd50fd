"""An owner's own list of questions."""

from __future__ import annotations

import pytest

from knowledge.errors import ReadError
from knowledge.find import Finder
from knowledge.notes import Column, Knowledge, Place, Row, Table
from knowledge.trial import read_trials, run_trials

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


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("{", "line 1: no JSON"),
        ("[]", "line 1: a record with expect"),
        ('{"question": "x", "want": ["y"]}', "line 1: a record with expect"),
        ('{"question": "x"}', "'expect' or 'refuse', are needed"),
        ('{"expect": ["x"]}', "'question' or 'turns'"),
        ('{"turns": [3], "expect": ["x"]}', "question or turns holds texts"),
        ('{"question": "x", "refuse": 1}', "are needed"),
        ("", "no line"),
    ],
)
def test_what_is_no_list_is_said(line: str, words: str) -> None:
    with pytest.raises(ReadError, match=words):
        read_trials(line, "l.jsonl")
