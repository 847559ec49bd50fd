"""Follow-ups on what stands before, and notes that ask the same of different things."""

from __future__ import annotations

import pytest

from knowledge.find import Finder
from knowledge.found import Band, Kind
from knowledge.going_on import are_rivals, beside, head, shares_words
from knowledge.notes import Column, Knowledge, Note, Place, Row, Table


@pytest.mark.parametrize(
    ("wording", "question", "before"),
    [
        ("羽毛球拍怎么保养", "怎么保养", "羽毛球拍"),
        ("羽毛球拍应该怎么保养呢", "那怎么保养啊？", "羽毛球拍"),
        ("请问你们一般怎么保养", "怎么保养", ""),
        ("会员能不能退", "能退吗", ""),
        ("怎么保养羽毛球拍", "怎么保养", ""),
        ("怎么保养", "怎么保养", ""),
    ],
)
def test_a_head_is_what_a_wording_puts_before_a_question(
    wording: str, question: str, before: str
) -> None:
    assert head(wording, question) == before


def test_notes_with_other_heads_are_rivals() -> None:
    assert are_rivals([["网球拍怎么保养"], ["跑鞋怎么保养"]], "怎么保养")
    assert not are_rivals([["网球拍怎么保养"], ["几点关门"]], "怎么保养")
    assert not are_rivals([["怎么保养", "网球拍怎么保养"], ["跑鞋怎么保养"]], "怎么保养")
    assert not are_rivals([], "怎么保养")


def test_wordings_stand_beside_each_other() -> None:
    assert beside("跑鞋怎么保养", "网球拍怎么保养？")
    assert not beside("怎么保养", "网球拍怎么保养")
    assert not beside("可以停车吗", "可以退货吗")
    assert shares_words(["球拍如何保养"], "怎么保养")
    assert not shares_words(["球拍多重"], "怎么保养")


def sports() -> Finder:
    def note(question: str, answer: str) -> Note:
        return Note(f"q:{question}", question, (question,), (answer,), Place("q.csv", 2))

    rows = (
        Row("疾风网球拍", ("疾风",), {"价格": "680元"}, Place("t.csv", 2)),
        Row("山猫跑鞋", ("山猫",), {"价格": "420元"}, Place("t.csv", 3)),
        Row("白鹭泳镜", (), {"价格": "90元"}, Place("t.csv", 4)),
    )
    notes = (
        note("疾风怎么保养", "疾风的拍线半年换一次，拍框用软布擦。"),
        note("山猫怎么保养", "山猫用温水刷洗，阴干，不能暴晒。"),
        note("羽毛球怎么保养", "羽毛球竖放，用水汽熏一下更耐打。"),
        note("能不能试穿", "店里都可以试穿。"),
        note("周末开门吗", "周末照常开门，早九点到晚八点。"),
    )
    table = Table("t", (Column("价格", ("多少钱",)),), rows)
    return Finder(Knowledge(notes, (table,)))


def test_a_follow_up_is_told_of_its_own_subject_alone() -> None:
    finder = sports()
    for name in ("疾风", "山猫"):
        last = finder.look_up(f"{name}多少钱").subject
        for question in ("怎么保养", "那怎么保养呢"):
            found = finder.understand(question, last)
            assert found.band == Band.ANSWER
            assert found.pieces[0].text.startswith(name)


def test_a_follow_up_without_a_note_of_its_subject_is_offered_at_most() -> None:
    finder = sports()
    for first in ("白鹭泳镜多少钱", "周末开门吗"):
        last = finder.look_up(first).subject
        found = finder.understand("怎么保养", last)
        assert found.band != Band.ANSWER or found.kind == Kind.CARD, found

    assert finder.understand("怎么保养").band == Band.OFFER


def test_a_note_about_a_name_goes_on_to_its_cells() -> None:
    finder = sports()
    last = finder.look_up("山猫怎么保养").subject

    assert "420元" in finder.understand("多少钱", last).pieces[0].text
    assert finder.understand("周末开门吗", last).pieces[0].text.startswith("周末照常")
