"""A question as a turn: by itself, or going on from what was said before."""

from __future__ import annotations

from knowledge.find import Finder
from knowledge.found import Band, Before, Kind
from knowledge.notes import Column, Knowledge, Note, Place, Row, Table
from knowledge.turns import Turns, last_full


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
    turns = Turns(finder)
    for name in ("疾风", "山猫"):
        last = finder.look_up(f"{name}多少钱").subject
        for question in ("怎么保养", "那怎么保养呢"):
            found = turns.understand(question, Before(last))
            assert found.band == Band.ANSWER
            assert found.pieces[0].text.startswith(name)


def test_a_follow_up_without_a_note_of_its_subject_is_offered_at_most() -> None:
    finder = sports()
    turns = Turns(finder)
    for first in ("白鹭泳镜多少钱", "周末开门吗"):
        last = finder.look_up(first).subject
        found = turns.understand("怎么保养", Before(last))
        assert found.band != Band.ANSWER or found.kind == Kind.CARD, found

    assert turns.understand("怎么保养").band == Band.OFFER


def test_a_note_about_a_name_goes_on_to_its_cells() -> None:
    finder = sports()
    turns = Turns(finder)
    last = finder.look_up("山猫怎么保养").subject

    assert "420元" in turns.understand("多少钱", Before(last)).pieces[0].text
    assert turns.understand("周末开门吗", Before(last)).pieces[0].text.startswith("周末照常")


def test_another_thing_takes_the_place_of_the_last_one(finder: Finder) -> None:
    turns = Turns(finder)
    winter = turns.understand("冬天怎么养生")

    spring = turns.understand("那春天呢", Before(winter.subject, (), "冬天怎么养生"))
    peach = turns.understand("那桃仁呢", Before(finder.look_up("红花").subject, (), "红花"))

    assert "春" in spring.pieces[0].topic
    assert spring.band == Band.ANSWER
    assert [one.text for one in peach.pieces if "红花" in one.topic] == []
    assert "桃仁" in peach.pieces[0].text


def test_who_asks_for_more_gets_what_was_not_said(finder: Finder) -> None:
    turns = Turns(finder)
    first = turns.understand("落枕了")
    said, told = first.pieces[0].text, {first.pieces[0].id}

    more = turns.understand("还有呢", Before(first.subject, told, "落枕了", said))
    said += more.pieces[0].text if more.band == Band.ANSWER else ""
    for _ in range(5):
        last = turns.understand("还有别的办法吗", Before(first.subject, told, "落枕了", said))
        said += "".join(one.text for one in last.pieces)

    assert more.kind == Kind.ALL or more.pieces[0].text not in first.pieces[0].text
    assert (last.kind, last.about) == (Kind.ALL, first.pieces[0].topic)


def test_it_is_not_a_complaint(finder: Finder) -> None:
    turns = Turns(finder)
    complaint = turns.understand("天天打嗝")

    found = turns.understand("它有毒吗", Before(complaint.subject, (), "天天打嗝"))

    assert found.kind == Kind.UNCLEAR
    assert turns.understand("它有毒吗").kind == Kind.UNCLEAR


def test_two_things_without_a_note_are_told_side_by_side(finder: Finder) -> None:
    last = finder.look_up("黄精是什么").subject

    found = Turns(finder).understand("和玉竹比呢", Before(last, (), "黄精是什么"))

    assert found.band == Band.ANSWER
    text = "".join(one.text for one in found.pieces)
    assert "黄精" in text
    assert "玉竹" in text


def test_what_stands_nowhere_is_said_of_the_subject() -> None:
    finder = sports()
    last = finder.look_up("白鹭泳镜多少钱").subject

    found = Turns(finder).understand("它是什么材质的", Before(last))

    assert (found.kind, found.about, found.band) == (Kind.LACKS, "白鹭泳镜", Band.OFFER)


def test_thanks_are_no_question_about_the_subject(finder: Finder) -> None:
    last = finder.look_up("甘草有什么作用").subject

    found = Turns(finder).understand("谢谢", Before(last, (), "甘草有什么作用"))

    assert found.pieces[0].id.startswith("note:talk.jsonl")


def test_the_last_question_in_full_words_is_kept() -> None:
    assert last_full(["冬天怎么养生", "那春天呢", "还有呢"]) == "冬天怎么养生"
    assert last_full(["那春天呢"]) == ""
    assert last_full([]) == ""
