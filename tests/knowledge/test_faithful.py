"""A draft is told from one piece of its evidence, clause by clause."""

from __future__ import annotations

import random
import re

import pytest

from knowledge.faithful import first_stray, mended, strays
from knowledge.notes import Knowledge

PIECE = (
    "沙参性偏寒，长于润肺止咳，古人多用它治久咳声哑。若咳中带血，请去看医生；脾胃虚寒的人不宜多吃。"
)


@pytest.mark.parametrize(
    "draft",
    [
        PIECE,
        "沙参性偏寒，擅长润肺止咳，古人多用它治久咳声哑。如果咳中带血，请找医生看看；脾胃虚寒的人不适合多吃。",
        "沙参长于润肺止咳，古人多用治久咳声哑。要是咳中带血，请去看医生；脾胃虚寒的人不宜多吃。",
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
        (PIECE.replace("古人多用它治久咳声哑。", "").replace("脾胃虚寒的人", ""), "沙参性偏寒"),
        (PIECE.replace("沙参性偏寒，长于", "沙参性"), "沙参性润肺止咳"),
        (PIECE.replace("声哑", "声哑（"), "（"),
        ("沙参的人多吃咳中带血，请去看医生。", "沙参"),
    ],
)
def test_what_stands_there_otherwise_is_named(draft: str, words: str) -> None:
    found = strays(draft, [PIECE], "沙参治什么")
    assert found and any(words in one for one in found)


def test_a_sentence_is_told_from_one_piece() -> None:
    pieces = ["绿茶每斤三十元，产在西坡。", "红茶每斤八十元，产在东坡。"]
    assert strays("红茶每斤八十元，产在东坡。", pieces, "红茶多少钱") == []
    assert strays("".join(reversed(pieces)), pieces, "多少钱") == []
    assert strays("红茶每斤三十元，产在西坡。", pieces, "多少钱")
    assert strays("绿茶每斤三十元，红茶产在西坡。", pieces, "多少钱")


def test_of_a_long_piece_a_part_may_be_told_and_of_a_short_one_not() -> None:
    part = "二楼有六张茶桌，周末要提前一天预订，茶位费可以抵买茶的钱，桌上的点心随便拿，小狗只能在一楼，要牵绳，也不要上桌，吃完请把杯子放回柜台，慢走。"
    assert len(part) > 60
    assert strays(part, [f"{part}{'门口有一棵老桂树，秋天很香。' * 3}"], "能带狗吗") == []
    assert strays("小狗可以进一楼。", ["小狗可以进一楼，要牵绳；二楼不行。"], "能带狗吗")


def test_no_figure_is_lost_within_a_clause() -> None:
    assert strays("书在二楼D1架。", ["书在二楼D1架。"], "在哪") == []
    assert strays("书在二楼1架。", ["书在二楼D1架。"], "在哪")
    assert strays("书在二楼´1架。", ["书在二楼D1架。"], "在哪")


def test_the_question_said_again_is_no_answer() -> None:
    assert strays("沙参止咳？", ["沙参止咳，润肺。"], "沙参止咳") == ["沙参止咳？"]
    assert strays("沙参止咳，也润肺。", ["沙参止咳，也润肺。"], "沙参止咳") == []


def test_a_list_that_never_ends_strays() -> None:
    piece = "此方由川贝母、木通、藿香、连翘组成。"
    assert strays(piece, [piece]) == []
    assert strays("此方由川贝母、川贝母、川贝母、木通组成。", [piece])


def test_danger_that_the_piece_tells_is_told() -> None:
    piece = "附子有大毒，古人先煮很久。误服后马上去医院，拨打120。孕妇不能用。"
    assert strays(piece.replace("先煮很久", "煮很久"), [piece]) == []
    for warning, left_out in (("有大毒", "附子有大毒，"), ("孕妇", "孕妇不能用。")):
        assert warning in strays(piece.replace(left_out, ""), [piece])


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


def test_slips_of_copying_are_mended_and_inventions_are_not() -> None:
    slipped = PIECE.replace("长于润肺", "擅长润脐").replace("咳中带血", "咳中帯血")
    assert mended(slipped, [PIECE]) == PIECE.replace("若", "若")
    invented = PIECE + "沙参还能安胎。"
    assert mended(invented, [PIECE]) == invented
    assert mended(PIECE, [PIECE]) == PIECE
    assert mended("没有证据", []) == "没有证据"


@pytest.mark.parametrize(
    ("draft", "begun"),
    [
        (PIECE.replace("声哑", "声亚"), "沙参性偏寒，长于润肺止咳，古人多用它治久咳声"),
        ("沙参能润肺止咳", "沙参"),
        ("当归长于补血", ""),
        ("沙参性偏寒，长于润肠", "沙参性偏寒，长于润"),
    ],
)
def test_the_first_character_that_strays_is_found(draft: str, begun: str) -> None:
    assert first_stray(draft, [PIECE], "怎么样") == len(begun)


def test_nothing_strays_from_a_draft_that_is_cut_from_its_piece() -> None:
    assert first_stray(PIECE, [PIECE]) is None


def test_what_was_asked_for_is_not_left_out() -> None:
    evidence = [
        "月卡三百二十元，季卡八百八十元，年卡两千六百元。卡只限本人用，可以停卡一次，最长六十天。"
    ]
    without = "月卡三百二十元，季卡八百八十元。卡只限本人用，可以停卡一次，最长六十天。"

    assert strays(without, evidence, "年卡什么价") == ["年卡"]
    assert strays(without, evidence, "月卡什么价") == []
