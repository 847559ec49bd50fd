"""Forms of going on, and what a question asks for beside its frame."""

from __future__ import annotations

import pytest

from knowledge.moves import (
    another,
    asks_more,
    asks_which,
    compared_with,
    compares,
    content_pieces,
    has_no_word_of_it,
    is_beside_the_matter,
    is_generic,
    lacks_aspect,
    says_it,
    tells_of_it,
)


@pytest.mark.parametrize(
    "text", ["还有呢", "还有别的办法吗？", "再说说", "然后呢", "继续", "那其他的呢"]
)
def test_more_is_asked_for(text: str) -> None:
    assert asks_more(text)


@pytest.mark.parametrize("text", ["还有毒吗", "还有什么药能止咳", "别的地方疼", "继续教育怎么报名"])
def test_a_question_of_its_own_does_not_ask_for_more(text: str) -> None:
    assert not asks_more(text)


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("那当归呢", "当归"),
        ("夏天呢？", "夏天"),
        ("换成红茶", "红茶"),
        ("当归", ""),
        ("那怎么办呢", ""),
        ("他呢", ""),
    ],
)
def test_another_thing_is_named(text: str, other: str) -> None:
    assert another(text) == other


@pytest.mark.parametrize(
    ("text", "other"),
    [
        ("和黄芩比呢", "黄芩"),
        ("跟血虚有啥不同", "血虚"),
        ("与人参是一回事吗", "人参"),
        ("和谁比", ""),
        ("黄芪和党参的区别", ""),
    ],
)
def test_a_comparison_names_the_other(text: str, other: str) -> None:
    assert compared_with(text) == other


def test_small_forms_are_known() -> None:
    assert asks_which("分别是什么")
    assert not asks_which("这是什么药")
    assert compares("黄芪和党参有什么区别")
    assert not compares("黄芪和党参哪个便宜")
    assert says_it("它有毒吗")
    assert not says_it("其他的药")
    assert is_generic("为什么会这样")
    assert not is_generic("为什么叫国老")


def test_a_text_tells_of_what_it_has_words_for() -> None:
    told = "胖大海偶尔泡泡；天天喝容易腹泻。"

    assert tells_of_it(told, "天天喝呢")
    assert tells_of_it(told, "为什么")
    assert not tells_of_it(told, "谁写的")
    assert not tells_of_it(told, "怀孕三个月")
    assert lacks_aspect(told, "多少钱一斤")
    assert not lacks_aspect("每斤三十元", "多少钱一斤")


def test_a_matter_without_a_word_is_beside() -> None:
    assert is_beside_the_matter("刮痧用光滑的器具。", "刮痧板多少钱")
    assert not is_beside_the_matter("刮痧板每块二十元。", "刮痧板多少钱")
    assert not is_beside_the_matter("刮痧用光滑的器具。", "刮痧痛不痛")


def test_a_text_without_a_word_of_what_is_asked_is_silent() -> None:
    told = "四君子汤由人参、白术、茯苓、甘草组成，药性平和。"

    assert has_no_word_of_it(told, "四君子汤的热量是多少", ["四君子汤"])
    assert not has_no_word_of_it(told, "四君子汤有什么好处", ["四君子汤"])
    assert not has_no_word_of_it(told, "四君子汤有人参吗", ["四君子汤", "人参"])
    assert not has_no_word_of_it(told, "四君子汤里白术和茯苓平和吗", ["四君子汤"])
    assert not has_no_word_of_it(told, "八珍汤的热量是多少", ["四君子汤"]), "it is not named"


def test_content_is_what_the_frame_leaves() -> None:
    assert content_pieces("它用什么肥料") == ["肥料"]
    assert content_pieces("有什么用呢") == []
