"""A draft is told from one piece of its evidence, clause by clause."""

from __future__ import annotations

import random
import re

import pytest

from knowledge.faithful import strays
from knowledge.notes import Knowledge

PIECE = (
    "沙参性偏寒，长于润肺止咳，古人多用它治久咳声哑。若咳中带血，请去看医生；脾胃虚寒的人不宜多吃。"
)


@pytest.mark.parametrize(
    "draft",
    [
        PIECE,
        "沙参性偏寒，擅长润肺止咳，古人多用它治久咳声哑。如果咳中带血，请找医生看看；脾胃虚寒的人不适合多吃。",
        "古人多用治久咳声哑。要是咳中带血，请去看医生。",
        "沙参润肺止咳。咳中带血，请去看医生。",
    ],
)
def test_the_same_in_plainer_or_fewer_words_is_faithful(draft: str) -> None:
    assert strays(draft, [PIECE], "沙参治什么") == []


@pytest.mark.parametrize(
    ("draft", "words"),
    [
        (PIECE.replace("声哑", "声亚"), "声亚"),
        (PIECE.replace("不宜多吃", "宜多吃"), "宜多吃"),
        (PIECE.replace("不宜", ""), "多吃"),
        (PIECE.replace("止咳", "止痛"), "止痛"),
        (PIECE + "沙参性偏寒。", "沙参性偏寒"),
        ("沙参沙参沙参沙参，请去看医生。", "沙参"),
        ("沙参性偏寒，长于润肺止咳。", "医生"),
        ("沙参的人多吃咳中带血，请去看医生。", "沙参"),
    ],
)
def test_what_stands_there_otherwise_is_named(draft: str, words: str) -> None:
    found = strays(draft, [PIECE], "沙参治什么")
    assert found and any(words in one for one in found)


def test_a_sentence_made_of_two_pieces_is_told_from_neither() -> None:
    pieces = ["绿茶每斤三十元，产在西坡。", "红茶每斤八十元，产在东坡。"]
    assert strays("红茶每斤八十元。", pieces, "红茶多少钱") == []
    assert strays("红茶每斤三十元。", pieces, "多少钱")
    assert strays("绿茶每斤三十元，红茶产在西坡。", pieces, "多少钱")


def test_the_question_said_again_is_no_answer() -> None:
    assert strays("沙参止咳？", ["沙参止咳，也润肺。"], "沙参止咳") == ["沙参止咳？"]
    assert strays("沙参止咳，也润肺。", ["沙参止咳，也润肺。"], "沙参止咳") == []


def test_a_list_that_never_ends_strays() -> None:
    piece = "此方由川贝母、木通、藿香、连翘组成。"
    assert strays(piece, [piece]) == []
    assert strays("此方由川贝母、川贝母、川贝母、木通组成。", [piece])


def test_danger_that_the_piece_tells_is_told() -> None:
    piece = "附子有大毒，古人先煮很久。误服后马上去医院，拨打120。孕妇不能用。"
    assert strays("附子有大毒。误服后马上去医院，拨打120。孕妇不能用。", [piece]) == []
    for left_out in ("附子有大毒，", "拨打120", "孕妇不能用。"):
        assert left_out in piece
    assert strays("古人先煮很久。", [piece])
    assert "孕妇" in strays("附子有大毒。误服后马上去医院。", [piece])


def test_every_note_is_faithful_to_itself_and_with_a_slip_it_is_not(tcm: Knowledge) -> None:
    rng = random.Random(4)
    answers = [answer for note in tcm.notes for answer in note.answers]
    told = rng.sample(answers, 400)
    assert [one for one in told if strays(one, [one])] == []

    seen = 0
    for one in told:
        places = [m.start() for m in re.finditer("[\u4e00-\u9fff]", one)]
        at = rng.choice(places)
        slip = one[:at] + chr(ord(one[at]) ^ 1) + one[at + 1 :]  # its neighbour in Unicode
        seen += bool(strays(slip, [one]))
    assert seen > 0.97 * len(told)
