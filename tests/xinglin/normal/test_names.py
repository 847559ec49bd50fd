"""Names that are written by their sound."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge.reading import read_folder
from xinglin.normal import Lexicon, mend_names, spell_names, syllable

PRIMER = Path(__file__).resolve().parents[3] / "accounts" / "tcm" / "knowledge"


def rows(name: str) -> list[dict[str, list[str]]]:
    return [json.loads(line) for line in (PRIMER / f"{name}.jsonl").read_text("utf-8").splitlines()]


NOTES = [row for name in ("theory", "culture", "daily", "points", "practice") for row in rows(name)]
ASKED = [question for row in NOTES for question in row.get("questions", ())]
KNOWN = [text for row in NOTES for text in (*row.get("questions", ()), *row.get("answers", ()))]
THINGS = [list(row.names) for _, row in read_folder(PRIMER).rows()]
NAMES = [name for thing in THINGS for name in thing]
LEXICON = Lexicon.of(THINGS, KNOWN)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("当龟有什么功效", "当归有什么功效"),
        ("黄奇的性味", "黄芪的性味"),
        ("桂枝烫治什么", "桂枝汤治什么"),
        ("柴胡吗", "柴胡吗"),
        ("浮脉是什么", "浮脉是什么"),
        ("今天天气很好", "今天天气很好"),
    ],
)
def test_one_wrong_homophone_in_a_name_is_mended(typed: str, meant: str) -> None:
    assert mend_names(typed, LEXICON) == meant


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("huangqi有什么功效", "黄芪有什么功效"),
        ("huang qi de gong xiao", "黄芪 de gong xiao"),
        ("HuangQi", "黄芪"),
        ("renshen", "人参"),
        ("what is ginseng", "what is ginseng"),
        ("Hello World", "Hello World"),
        ("iphone", "iphone"),
        ("", ""),
    ],
)
def test_a_name_in_pinyin_is_recognised(typed: str, meant: str) -> None:
    assert spell_names(typed, LEXICON) == meant


def test_clean_questions_are_left_alone() -> None:
    changed = [(text, mend_names(text, LEXICON)) for text in ASKED]
    wrong = [pair for pair in changed if pair[0] != pair[1]]

    assert len(ASKED) > 3000
    assert len(wrong) <= 0.004 * len(ASKED), wrong


def test_most_wrong_homophones_in_names_are_mended() -> None:
    choose = random.Random(3)
    same: dict[str, list[str]] = {}
    for character in sorted({c for text in KNOWN for c in text if "\u4e00" <= c <= "\u9fff"}):
        same.setdefault(syllable(character), []).append(character)
    mended = tried = 0
    for name in choose.sample([n for n in NAMES if len(n) >= 2], 400):
        at = choose.randrange(len(name))
        others = [c for c in same.get(syllable(name[at]), ()) if c != name[at]]
        if not others:
            continue
        tried += 1
        typed = f"{name[:at]}{choose.choice(others)}{name[at + 1 :]}"
        mended += mend_names(f"{typed}有什么功效", LEXICON) == f"{name}有什么功效"

    assert tried > 300
    assert mended >= 0.75 * tried, mended / tried


@given(st.text(alphabet="当归龟黄芪奇柴胡吗桂枝汤烫的有", max_size=12))
def test_mending_keeps_the_length_and_known_names(text: str) -> None:
    mended = mend_names(text, LEXICON)

    assert len(mended) == len(text)
    assert [syllable(c) for c in mended] == [syllable(c) for c in text]
