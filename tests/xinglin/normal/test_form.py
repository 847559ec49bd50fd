"""One writing for everything that looks at what a follower wrote."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinglin.normal import LONGEST, bounded, compact, normal_form, without_fillers, written

NOTES = Path(__file__).resolve().parents[3] / "accounts" / "tcm" / "knowledge"
PLAIN = "黄芪有什么功效？"


@pytest.mark.parametrize(
    "typed",
    [
        "黄芪有什么功效？❤️",
        "\ufeff黄芪有什么功效？",
        "黄 芪 有 什 么 功 效 ？",
        "黄　芪有什么功效？",
        "黃芪有什麼功效？",
        "黄芪有什么功效?",
        "黄\u200b芪有什么\u2060功效？",
        "黄芪有什么功效？[玫瑰]",
        "😂黄芪👍🏽有什么功效？👨‍👩‍👧",
        "黄芪\ufe0f有什么功效？🇨🇳",
        "请问黄芪有什么功效？",
        "老师您好，请问一下黃芪有什麼功效？谢谢啊",
        "嗯，那个就是我想问一下黄芪有什么功效？",
        "  黄芪有什么功效？  ",
        "\u202e黄芪有什么功效？\x00",
        "不好意思打扰一下哈，黄芪有什么功效？谢谢老师！",
        "黄芪有什么功效呀？",
        "/:rose黄芪有什么功效？",
    ],
)
def test_however_it_is_typed_it_is_the_plain_question(typed: str) -> None:
    assert normal_form(typed) == PLAIN


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("銀翹散治什麼？", "银翘散治什么？"),
        ("乾薑、硃砂、白朮、鬱金", "干姜、朱砂、白术、郁金"),
        ("活著好累", "活着好累"),
        ("ＡＢＣ １２３ ９ｇ", "ABC 123 9g"),
        ("胸囗疼", "胸口疼"),
        ("[黄芪]和[当归]", "[黄芪]和[当归]"),
        ("第一行 \n\n 第二行", "第一行\n第二行"),
        ("I   have  a fever", "I have a fever"),
        ("", ""),
        ("😭😭", ""),
    ],
)
def test_text_is_written_in_one_way(text: str, plain: str) -> None:
    assert written(text) == plain


@pytest.mark.parametrize(
    "text", ["乾坤", "癥瘕积聚", "角徵宫商羽", "张仲景著的书", "名著", "狼藉", "这么多", "覆盆子"]
)
def test_words_of_simplified_print_stay(text: str) -> None:
    assert written(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "你好",
        "谢谢",
        "请问",
        "医生怎么把脉",
        "这个药有毒吗",
        "那个方子呢",
        "你好吗",
        "大夫和医生有什么区别",
        "老师是什么意思",
        "嗯",
        "问诊是什么",
        "想问题",
        "你好厉害",
        "不好意思说，漏尿好几年了",
        "上班真辛苦",
        "等得花都谢了",
    ],
)
def test_words_that_mean_something_are_no_fillers(text: str) -> None:
    assert normal_form(text) == text


def test_compact_text_has_neither_gaps_nor_marks() -> None:
    assert compact("自*殺 ！a B") == "自杀ab"
    assert compact("翻 牆") == compact("翻墙") == "翻墙"


def test_clean_questions_of_the_notes_keep_their_words() -> None:
    """Only fillers go: of what people ask there, nothing else changes."""
    rows = [
        json.loads(line)
        for name in ("theory", "culture", "daily", "points", "practice", "complaints")
        for line in (NOTES / f"{name}.jsonl").read_text("utf-8").splitlines()
    ]
    asked = [question for row in rows for question in row.get("questions", ())]
    printed = [text.translate(str.maketrans(",?!:;()", "，？！：；（）")) for text in asked]
    changed = [text for text in printed if written(text) != text]
    framed = [
        text
        for text in printed
        if without_fillers(text) != text and not re.match("请问|我?想问|我想了解|杏林，", text)
    ]

    assert len(asked) > 3000
    assert len(changed) <= 0.002 * len(asked), changed
    assert len(framed) <= 0.005 * len(asked), framed[:20]


TYPED = st.lists(
    st.sampled_from(
        [
            "黃芪", "有什麼", "请问", "老师", "，", "？", "?", " ", "　", "[流泪]", "❤️", "\ufeff",
            "谢谢", "嗯", "那个", "/:", "[", "]", "呗", "呀", "\n", "e\u0301", "\u0301", "a", "1️⃣", "著",
        ]
    ),
    max_size=20,
).map("".join)  # fmt: skip


@given(st.one_of(TYPED, st.text(max_size=60)))
def test_twice_is_once_and_two_characters_stay(text: str) -> None:
    for form in (written, normal_form, compact):
        assert form(form(text)) == form(text)
    if len(compact(text)) >= 2:
        assert len(compact(normal_form(text))) >= 2


@given(st.text(max_size=40), st.integers(0, 300))
def test_a_long_text_is_bounded_and_keeps_both_ends(text: str, times: int) -> None:
    long = text * times
    short = bounded(long)

    assert len(short) <= LONGEST
    if len(long) > LONGEST:
        assert long.startswith(short[:100])
        assert long.endswith(short[-100:])
    else:
        assert short == long


@pytest.mark.parametrize("form", [written, compact, without_fillers, normal_form])
@pytest.mark.parametrize(
    "unit", ["一", "。", "[", "a ", "嗯", "/:", "请问", "谢谢", "黃 ", "\u200b", "e\u0301", "？x"]
)
def test_time_grows_with_the_length(form: Callable[[str], str], unit: str) -> None:
    def seconds(times: int) -> float:
        text = unit * times
        best = 1e9
        for _ in range(3):
            began = time.process_time()
            form(text)
            best = min(best, time.process_time() - began)
        return best

    short, long = seconds(10_000), seconds(40_000)

    assert long <= 12 * max(short, 0.001)


@pytest.mark.parametrize("text", ["\ufdfa" * 4000, "有没有毒" + "\ufdfa" * 20_000, "㍿" * 9000])
def test_a_form_is_bounded_also_where_one_character_becomes_many(text: str) -> None:
    form = normal_form(text)

    assert len(form) <= LONGEST
    assert normal_form(form) == form
