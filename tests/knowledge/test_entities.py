"""Names in a question."""

from __future__ import annotations

from knowledge.entities import Dictionary, masked
from knowledge.notes import Column, Place, Row, Table


def row(name: str, *aliases: str) -> Row:
    return Row(name, aliases, {"a": "b"}, Place("t", 1))


HERBS = Table(
    "herbs",
    (Column("a"),),
    (row("黄芪", "北芪"), row("桂枝"), row("iPhone")),
    not_before=("注射液",),
)
FORMULAS = Table("formulas", (Column("a"),), (row("桂枝汤"),))  # fmt: skip
NAMES = Dictionary.of((HERBS, FORMULAS), ("赤芍", "黄芪建中汤"))


def names(text: str) -> list[tuple[str, bool]]:
    return [(one.name, bool(one.owners)) for one in NAMES.find(text)]


def test_the_longest_name_at_a_place_is_meant() -> None:
    assert names("桂枝汤里有桂枝和北芪吗") == [("桂枝汤", True), ("桂枝", True), ("北芪", True)]
    assert names("黄芪建中汤") == [("黄芪建中汤", False)]


def test_what_another_thing_is_made_of_is_not_meant() -> None:
    assert names("黄芪注射液和赤芍") == [("黄芪注射液", False), ("赤芍", False)]


def test_no_latin_word_is_cut() -> None:
    assert names("IPHONE多少钱") == [("iphone", True)]
    assert names("iphones") == []


def test_names_are_masked_by_their_table() -> None:
    text = "桂枝汤里有桂枝和赤芍吗"

    assert masked(text, NAMES.find(text), FORMULAS) == "Ｅ里有Ｏ和Ｘ吗"
    assert masked(text, NAMES.find(text), HERBS) == "Ｏ里有Ｅ和Ｘ吗"
