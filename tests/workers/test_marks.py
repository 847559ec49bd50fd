"""Subject of a conversation, as turns keep it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.answer import answer
from knowledge.find import Finder
from tests.workers.conftest import SHOP
from workers.knowledge_holder import KnowledgeHolder
from workers.marks import Marks, last_subject, read_marks, recall
from xinglin.store import Turn


@pytest.fixture
def finder(holders: Callable[[str], KnowledgeHolder]) -> Finder:
    return holders(str(SHOP)).current.finder


@given(st.builds(Marks, st.text(), st.lists(st.text()).map(tuple)))
def test_marks_come_back_as_they_were(marks: Marks) -> None:
    assert read_marks(marks.written()) == marks


@pytest.mark.parametrize("junk", ["", "{}", "[]", "[1]", '["a", 2]', "[" * 9000, "黄芪", "null"])
def test_what_is_no_mark_is_none(junk: str) -> None:
    assert read_marks(junk) is None


def test_the_last_turn_tells_all(finder: Finder) -> None:
    marks = Marks()
    history = []
    for number, question in enumerate(("碧螺春多少钱", "几点关门", "有没有无线网")):
        marks = marks.after(answer(finder, question))
        history.append(Turn(question, "答", float(number), marks.written()))

    assert recall(finder, history) == recall(finder, history[-1:]) == marks
    assert len(marks.told) == 2, "a fact may be told again, a note is not"


def test_turns_of_an_earlier_version_are_looked_up_again(finder: Finder) -> None:
    history = [Turn("碧螺春多少钱", "960", 1.0), Turn("那龙井呢", "1280", 2.0)]

    subject = last_subject(finder, recall(finder, history))

    assert subject is not None
    assert (subject.name, subject.relation) == ("狮峰龙井", "价格")


def test_only_so_many_notes_are_remembered(finder: Finder) -> None:
    marks = Marks("", tuple(f"note:{n}" for n in range(6)))

    told = marks.after(answer(finder, "几点关门")).told

    assert len(told) == 6
    assert told[:5] == tuple(f"note:{n}" for n in range(1, 6))


def test_a_subject_that_is_there_no_longer_is_none(finder: Finder) -> None:
    assert last_subject(finder, Marks("row:茶叶/没有的茶/价格")) is None
    assert last_subject(finder, Marks("note:gone")) is None
    assert last_subject(finder, Marks("")) is None
