"""The subject of a question, without the words about the asking."""

from __future__ import annotations

import pytest

from knowledge.library.questions import understand

NAMES = {"青竹医经": [1], "竹窗医话": [2], "沈竹窗": [2], "内经": [1], "直诀": [2]}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("古人怎么说不寐", ("不寐",)), ("不寐怎么治", ("不寐",)), ("治未病是什么意思", ("治未病",)), ("請問眩暈的病因", ("眩晕",)),
        ("黄疸有哪些分类", ("黄疸",)), ("四气五味怎么讲？", ("四气五味",)), ("“怒伤肝”出自哪里", ("怒伤肝",)), ("是什么", ()), ("", ()),
    ],
)  # fmt: skip
def test_words_of_asking_are_taken_off(text: str, words: tuple[str, ...]) -> None:
    assert understand(text, NAMES, ()).words == words


@pytest.mark.parametrize(
    ("text", "books", "words"),
    [
        ("《青竹医经》怎么说养生", {1}, ("养生",)), ("沈竹窗怎么论不寐", {2}, ("不寐",)), ("内经里的五脏", {1}, ("五脏",)),
        ("直诀里怎么说惊风", {2}, ("惊风",)), ("内经和竹窗医话怎么讲春天", {1, 2}, ("春天",)), ("青竹医经", {1}, ()),
    ],
)  # fmt: skip
def test_books_and_authors_are_recognised(
    text: str, books: set[int], words: tuple[str, ...]
) -> None:
    asked = understand(text, NAMES, ())

    assert asked.books == books
    assert asked.words == words


def test_other_words_are_plain() -> None:
    assert understand("失眠", NAMES, ["不得臥", "不得臥"]).also == ("不得卧",)
