"""Mistakes are found to the character, written, read, and learnt from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from inference.prompt import encode
from knowledge.check import Checker
from knowledge.drafts import REFUSAL
from training.errors import DataError
from training.reader.example import Example
from training.reader.mistakes import (
    WRONG_WEIGHT,
    Mistake,
    MistakeSource,
    encode_mistake,
    kind_of,
    mistakes_of,
    read_mistakes,
    write_mistakes,
)

CODEC = "utf-16-be"
PIECE = "听雨斋在城南，二楼有六张茶桌，周末要提前一天预订。"
ASKED = Example((PIECE,), "听雨斋在哪里", PIECE)


@pytest.fixture(scope="module")
def checker(tcm):
    return Checker(tcm)


def found(checker, example, *drafts):
    return [(one.begun, one.wrong) for one in mistakes_of(checker, example, drafts)]


def test_what_may_be_shown_is_no_mistake(checker):
    assert found(checker, ASKED, PIECE, "") == []


def test_a_slip_is_found_to_the_character(checker):
    draft = PIECE.replace("茶桌", "茶馆")
    begun = draft[: draft.index("馆")]
    assert found(checker, ASKED, draft, PIECE) == [(begun, "馆")]


def test_an_answer_that_ends_too_early_is_found_at_its_end(checker):
    assert found(checker, ASKED, "听雨斋在城南") == [("听雨斋在城南", "")]


def test_refusing_what_stands_there_and_answering_what_does_not_are_mistakes(checker):
    assert found(checker, ASKED, REFUSAL) == [("", REFUSAL[0])]
    unanswered = Example((PIECE,), "老板贵姓", REFUSAL)
    assert found(checker, unanswered, PIECE, REFUSAL) == [("", PIECE[0])]


def test_kinds_are_told_apart():
    kinds = [
        kind_of(Mistake(ASKED, "听", "风")),
        kind_of(Mistake(ASKED, "听雨斋", "")),
        kind_of(Mistake(ASKED, "", REFUSAL[0])),
        kind_of(Mistake(Example((PIECE,), "贵姓", REFUSAL), "", "听")),
    ]
    assert len(set(kinds)) == 4


@pytest.mark.parametrize("wrong", ["馆", "𠀀", ""])
def test_only_the_wrong_character_has_weight(wrong):
    data, weights = encode_mistake(Mistake(ASKED, "听雨斋在", wrong), CODEC)

    last = len(encode(wrong or "x", CODEC))
    assert len(data) == len(weights)
    assert (weights[-last:] == WRONG_WEIGHT).all()
    assert not weights[:-last].any()
    if wrong:
        assert bytes(data[-last:]).decode(CODEC) == wrong


def test_windows_hold_mistakes_and_right_answers():
    source = MistakeSource([Mistake(ASKED, "听雨斋在", "西")], CODEC)

    data, weights = source.window(np.random.default_rng(1), 1200)

    assert data.shape == weights.shape == (1200,)
    assert (weights < 0).any() and (weights == 1.0).any()
    text = bytes(data).decode(CODEC, errors="ignore")
    assert PIECE in text and "听雨斋在西" in text


def test_without_mistakes_there_is_no_source():
    with pytest.raises(DataError, match="no mistakes"):
        MistakeSource([], CODEC)


def test_mistakes_are_read_as_they_were_written(tmp_path: Path):
    told = Example((PIECE, "别的。"), "问", "答", before=(("先问", "先答"),))
    mistakes = [Mistake(told, "听", "风"), Mistake(ASKED, "", "")]

    write_mistakes(tmp_path / "m.jsonl", mistakes)

    assert read_mistakes(tmp_path / "m.jsonl") == mistakes


@pytest.mark.parametrize("line", ["{", "[]", '{"begun": "", "wrong": ""}', "null"])
def test_a_line_that_is_no_mistake_is_named(tmp_path: Path, line: str):
    write_mistakes(tmp_path / "m.jsonl", [Mistake(ASKED, "", "")])
    with (tmp_path / "m.jsonl").open("a", encoding="utf-8") as file:
        file.write(f"{line}\n")

    with pytest.raises(DataError, match=r"m\.jsonl:2 is no mistake"):
        read_mistakes(tmp_path / "m.jsonl")
