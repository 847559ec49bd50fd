"""Relations of an entity are learned from the header alone, in a moment."""

from __future__ import annotations

import pytest

from knowledge.notes import Column, Place, Row, Table
from knowledge.relations import CARD, learn_relations

ROWS = (Row("龙井", (), {"价格": "1", "产地": "2", "冲泡": "3"}, Place("t", 2)),)
COLUMNS = (Column("价格", ("多少钱", "卖多少")), Column("产地"), Column("冲泡", ("怎么泡",)))
MODEL = learn_relations(Table("茶", COLUMNS, ROWS), ["Ｅ和别的能混着喝吗", "Ｅ是谁发明的"])


@pytest.mark.parametrize(
    ("question", "relation"),
    [
        ("Ｅ多少钱一斤", "价格"),
        ("想问下Ｅ贵不贵呀", "价格"),
        ("Ｅ是哪里出的", "产地"),
        ("Ｅ的产地在哪", "产地"),
        ("Ｅ怎么泡才好喝", "冲泡"),
        ("Ｅ用多少度的水", "冲泡"),
        ("Ｅ", CARD),
        ("给我介绍介绍Ｅ吧", CARD),
    ],
)
def test_a_relation_is_known_in_other_words(question: str, relation: str) -> None:
    asked = MODEL.ask(question)

    assert asked.relation == relation
    assert asked.sure >= 0.5 > asked.other


def test_what_the_notes_answer_is_told_apart() -> None:
    assert MODEL.ask("Ｅ是谁发明的呢").other > 0.5


@pytest.mark.parametrize(
    "question",
    [
        "Ｅ是什么颜色",
        "Ｅ的保质期",
        "Ｅ能放多久",
        "Ｅ里面含咖啡因吗",
        "Ｅ有小包装吗",
        "你们卖Ｅ吗",
        "Ｅ用什么肥料",
    ],
)
def test_what_the_table_lacks_is_no_question_of_it(question: str) -> None:
    asked = MODEL.ask(question)

    assert asked.other > 0.5
