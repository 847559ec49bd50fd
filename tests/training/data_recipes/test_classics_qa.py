import json

import pytest

from training.data_recipes.classics_qa import (
    clean_passage,
    cut_at_sentence,
    find_parts,
    find_use,
    formula_turns,
    herb_turns,
    topic_turns,
)
from training.data_recipes.dialogue import clean_turns, render_dialogues
from training.errors import DataError

FORMULA = (
    "《三因极一病证方论》（宋·陈言）：治肝虚遇岁气，胁连小腹拘急疼痛，耳聋目赤。牛膝（酒浸）木瓜（各一两）"
    "芍药 杜仲（去皮，姜制，炒丝断）枸杞子 菟丝子（酒浸）天麻（各三分）甘草（炙，半两）上锉散。"
    "每服四钱，水盏半，姜三片，枣一个，煎七分，去滓，食前服。\n古今剂量不同，切勿自行用药。"
)
PARTS = ["牛膝", "木瓜", "芍药", "杜仲", "枸杞子", "菟丝子", "天麻", "甘草"]


def test_parts_of_a_formula_are_found_without_doses_and_preparation():
    assert find_parts(FORMULA) == PARTS


def test_rarer_medicine_between_known_ones_is_kept():
    assert find_parts("枸杞子 黄松节 菟丝子 甘草（各一两）为末") == [
        "枸杞子",
        "黄松节",
        "菟丝子",
        "甘草",
    ]


def test_prose_has_no_parts():
    assert find_parts("此方治伤寒头痛，发热恶寒，脉浮而紧，当发其汗。") == []


def test_use_of_a_formula_ends_before_its_parts():
    assert find_use(FORMULA) == "治肝虚遇岁气，胁连小腹拘急疼痛，耳聋目赤"


@pytest.mark.parametrize("pick", range(12))
def test_question_about_parts_is_answered_with_parts(pick):
    for question, answer in formula_turns("牛膝汤", FORMULA, pick):
        if any(word in question for word in ("组成", "哪些药")):
            assert "由牛膝、木瓜、" in answer
        elif "介绍" not in question and "古方" not in question and "讲讲" not in question:
            assert "肝虚" in answer


@pytest.mark.parametrize("pick", range(12))
def test_answers_hold_no_dose_no_direction_and_no_citation(pick):
    text = "".join(answer for _, answer in formula_turns("牛膝汤", FORMULA, pick))

    for word in ("两", "钱", "每服", "煎", "《", "》", "（", "剂量", "去滓"):
        assert word not in text


def test_composition_that_no_passage_tells_is_not_made_up():
    turns = formula_turns("寒食散", "治伤损乏少，气力虚劳百病，令人力强。（方见十七卷）", 0)

    assert all("由" not in answer for _, answer in turns)


@pytest.mark.parametrize(
    "sentence",
    [
        "十分虚弱者，宜补其气。",
        "三分之一属虚，三分之二属实。",
        "两胁胀痛，两目昏花。",
        "百合味甘平，主邪气腹胀。",
        "分为表里，合于四时。",
        "气血不升则陷，不合则离。",
    ],
)
def test_words_that_look_like_doses_stay(sentence):
    assert clean_passage(sentence) == sentence


@pytest.mark.parametrize(
    "clause",
    ["人参三两", "甘草各五分", "用水二升", "半夏半升", "每服二钱", "煎至七分", "大枣十二枚"],
)
def test_clauses_with_doses_and_directions_go(clause):
    assert clean_passage(f"主咳逆上气，治胸中烦闷，能通利水道，{clause}，令人不老。") == (
        "主咳逆上气，治胸中烦闷，能通利水道，令人不老。"
    )


def test_sentence_that_cites_a_book_goes_whole():
    found = clean_passage("当归味甘温。《本草纲目》云：和血补血。李时珍曰：润肠胃。主咳逆上气。")

    assert found == "当归味甘温。主咳逆上气。"


def test_clause_with_a_lost_character_goes():
    assert (
        clean_passage("治瘰 结核，消瘿气，散郁结，主寒热鼠瘘。") == "消瘿气，散郁结，主寒热鼠瘘。"
    )


def test_passage_of_recipes_leaves_nothing():
    assert clean_passage("上为细末，每服二钱，水一盏，煎至七分，去滓温服。") == ""


def test_misprints_of_the_transcription_are_mended():
    assert clean_passage("主湿热黄胆，去邪毒瓦斯。") == "主湿热黄疸，去邪毒气。"


def test_answer_is_cut_at_a_sentence():
    text = "一二三四五六七八九。" * 30

    assert cut_at_sentence(text, 155) == "一二三四五六七八九。" * 15
    assert cut_at_sentence("没有句号" * 60, 100) == ""


def test_answer_about_a_herb_begins_with_it():
    turns = herb_turns("干姜", "《本草》（清·某）：辛热，无毒。入脾胃而祛寒止痛。", 1)

    assert turns[0][1] == "干姜味辛热，无毒。入脾胃而祛寒止痛。"
    assert "干姜" in turns[0][0]


def test_chapters_about_the_book_are_no_topics():
    passage = "医有黄帝岐伯越人仲景四圣之书，争光日月，其理深远。"

    assert topic_turns("自叙", passage, 0) == []
    assert topic_turns("凡例", passage, 0) == []
    assert topic_turns("咳嗽", passage, 0)


def test_follow_up_asks_for_more():
    turns = [
        ("干姜有什么功效？", "《甲》（清·某）：味辛，温。主胸满咳逆上气。"),
        ("别的古籍呢？", "《乙》（清·某）：性热，无毒。温中散寒，止呕。"),
    ]

    found = clean_turns("classics-qa/herb/干姜/0", turns)

    assert len(found) == 2
    assert "书" not in found[1][0]
    assert "干姜" not in found[1][0]


def test_other_corpora_are_taken_as_they_are():
    turns = [("你好", "你好，我是机器人")]

    assert clean_turns("chatterbot/greetings/1", turns) == turns


def record(name, number, answer):
    source = f"classics-qa/herb/{name}/{number}"
    turns = [{"role": "user", "text": "?"}, {"role": "assistant", "text": answer}]
    return json.dumps({"source": source, "turns": turns}, ensure_ascii=False)


@pytest.mark.parametrize(
    "line",
    ["{", "[]", '{"turns": []}', '{"turns": [{"role": "user", "text": "a"}]}', '{"turns": 3}'],
)
def test_malformed_line_is_named(line):
    with pytest.raises(DataError, match="dialogue, line 1"):
        list(render_dialogues([line]))
