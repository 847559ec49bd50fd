"""Exact wordings, names with a relation, names we lack, and the nearest note."""

from __future__ import annotations

import pytest

from knowledge.find import Finder
from knowledge.found import Band, Before, Kind, Subject
from knowledge.notes import Column, Knowledge, Note, Place, Row, Table
from knowledge.turns import Turns

HERE = Place("a.csv", 1)


def look(finder: Finder, question: str) -> tuple[Kind, Band, str]:
    found = finder.look_up(question)
    return found.kind, found.band, found.pieces[0].text if found.pieces else ""


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("黄芪有毒吗", "黄芪在本草书里一般不列为有毒"),
        ("射干有没有毒", "射干不少古书说它有毒"),
        ("花椒安全吗", "不可当作无害"),
        ("桔梗有毒性吗", "小毒"),
        ("牛黄有毒吗", "小毒"),
        ("附子有毒吗？", "附子有毒"),
        ("北芪的性味", "北芪就是黄芪。黄芪味甘"),
        ("四物汤里有什么", "四物汤由当归、川芎、白芍、熟地黄组成"),
        ("桂枝汤和麻黄汤的组成", "桂枝汤由桂枝"),
        ("当龟有什么功效", "当归是补血药"),
        ("huang qi 有什么功效", "黄芪是补气药"),
        ("黃耆有什麼功效", "黄耆就是黄芪"),
        ("人参一次吃几克", "用量我不能说"),
    ],
)
def test_a_name_and_a_relation_find_the_cell(finder: Finder, question: str, words: str) -> None:
    kind, band, text = look(finder, question)

    assert (kind, band) == (Kind.CELL, Band.ANSWER)
    assert text.startswith(words) or words in text


def test_nothing_that_books_call_poisonous_is_called_harmless(
    tcm: Knowledge, finder: Finder
) -> None:
    disputed = ("射干", "花椒", "桔梗", "牛黄", "肉桂", "龟甲")
    poisons = [row.name for _, row in tcm.rows() if row.cells.get("毒性", "").startswith("有毒")]

    for name in (*disputed, *poisons):
        _, _, text = look(finder, f"{name}有毒吗")
        assert "毒" in text and "无毒" not in text and "不列为有毒" not in text


def test_a_name_alone_shows_the_card(finder: Finder) -> None:
    kind, band, text = look(finder, "黄芪怎么样呀")

    assert (kind, band) == (Kind.CARD, Band.ANSWER)
    assert all(word in text for word in ("补气药", "甘", "微温", "补气升阳"))


@pytest.mark.parametrize("question", ["黄芪注射液有什么功效", "赤石脂有毒吗", "阿莫西林治什么"])
def test_what_we_lack_is_not_answered_from_something_near(finder: Finder, question: str) -> None:
    found = finder.look_up(question)

    assert found.lacking
    assert found.band != Band.ANSWER


@pytest.mark.parametrize("question", ["红花孕妇能用吗", "糖尿病人能吃黄芪吗"])
def test_a_body_is_no_matter_of_the_table(finder: Finder, question: str) -> None:
    assert finder.look_up(question).kind not in {Kind.CELL, Kind.CARD} or (
        finder.look_up(question).band != Band.ANSWER
    )


@pytest.mark.parametrize("question", ["补气药有哪些", "常见的解表剂有哪几个"])
def test_what_has_a_fact_in_common_is_listed(finder: Finder, question: str) -> None:
    kind, _, text = look(finder, question)

    assert kind == Kind.GROUP
    assert text.count("、") >= 3


def test_a_known_wording_is_looked_up_whatever_is_round_it(finder: Finder) -> None:
    assert look(finder, "老师您好，请问 五禽戏 是谁编的呀？😊")[0] == Kind.EXACT


def test_what_was_told_is_left_out(finder: Finder) -> None:
    first = finder.look_up("失眠怎么办")
    again = finder.look_up("失眠怎么办", {first.pieces[0].id})

    assert all(piece.id != first.pieces[0].id for piece in again.pieces)


def test_a_subject_is_stored_by_its_id(finder: Finder) -> None:
    for question in ("黄芪有毒吗", "黄芪", "失眠怎么办"):
        found = finder.look_up(question)
        assert found.subject is not None
        assert finder.subject(found.subject.id) == found.subject

    assert finder.subject("row:herbs/黄芪/毒性") == Subject("row:herbs/黄芪/毒性", "黄芪", "毒性")
    assert finder.subject("row:herbs/没有") is None
    assert finder.subject("note:gone") is None
    assert finder.subject("") is None


def test_other_things_of_the_same_kind_take_the_relation_over(finder: Finder) -> None:
    last = finder.look_up("黄芪归什么经").subject

    found = Turns(finder).understand("那当归呢", Before(last))

    assert found.pieces[0].text == "当归味甘、辛，性温，归肝、心、脾经。"


def test_an_empty_cell_is_not_guessed() -> None:
    rows = (
        Row("龙井", (), {"价格": "100元", "产地": "杭州"}, HERE),
        Row("祁红", (), {"产地": "安徽"}, HERE),
    )
    table = Table("茶", (Column("价格", ("多少钱",)), Column("产地")), rows)
    finder = Finder(Knowledge((), (table,)))

    found = finder.look_up("祁红多少钱")

    assert found.band == Band.OFFER
    assert "元" not in found.pieces[0].text
    assert look(finder, "龙井多少钱")[2] == "龙井的价格：100元。"


def test_a_new_note_is_found_without_training(tcm: Knowledge) -> None:
    place = Place("new.md", 1)
    note = Note("new", "借伞", ("可以借伞吗",), ("门口有伞，押金二十元，三天内还。",), place)
    finder = Finder(Knowledge((*tcm.notes, note), tcm.tables, tcm.lacking))

    found = finder.look_up("可以借把雨伞吗")

    assert found.pieces[0].id == "note:new"


@pytest.mark.parametrize(
    "question", ["", "？", "\x02\x03\x04", "a" * 2000, "毒" * 2000, "🙂" * 500]
)
def test_any_text_finds_something_or_nothing(finder: Finder, question: str) -> None:
    found = finder.look_up(question)

    assert len(found.pieces) <= 3
    assert len(found.question) <= 300


def test_an_account_of_tables_alone_answers_no_note() -> None:
    table = Table("茶", (Column("价格"),), (Row("龙井", (), {"价格": "100元"}, HERE),))

    assert Finder(Knowledge((), (table,))).look_up("你好").kind == Kind.NONE


@pytest.mark.parametrize(
    ("text", "topic"), [("最近老睡不着，人很累", "睡"), ("今天下雨了，膝盖又疼了", "膝")]
)
def test_of_two_complaints_one_is_answered(finder: Finder, text: str, topic: str) -> None:
    found = finder.look_up(text)

    assert found.band == Band.ANSWER
    assert topic in found.pieces[0].topic + found.pieces[0].text
