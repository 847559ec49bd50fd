"""Danger signs in words that no rule foresaw."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinglin.normal import compact
from xinglin.safety.categories import CATEGORIES
from xinglin.safety.examples import JUDGED, SENTENCES, read_sentences, read_written
from xinglin.safety.hearing import hear
from xinglin.safety.learn import (
    _MOST_PIECES,
    NAMES,
    as_examples,
    fit,
    samples_of,
    strongest,
    vocabulary_of,
)
from xinglin.safety.rules import find_danger, find_rule, judge
from xinglin.safety.signs import FILE, pieces, read_signs, windows

JUDGE = [json.loads(line) for line in (SENTENCES / "judge.jsonl").read_text("utf-8").splitlines()]
DANGERS = [one["text"] for one in JUDGE if one["sign"] != "none"]
HARMLESS = [one["text"] for one in JUDGE if one["sign"] == "none"]


def test_most_dangers_that_no_rule_foresaw_are_found() -> None:
    """Sentences that neither the rules nor the classifier were made with."""
    assert len(DANGERS) >= 150
    found = sum(judge(text) is not None for text in DANGERS)
    by_rules = sum(find_rule(text) is not None for text in DANGERS)

    assert found >= 0.9 * len(DANGERS)
    assert found >= 2 * by_rules


def test_few_harmless_sentences_are_stopped_though_half_of_them_look_alike() -> None:
    assert len(HARMLESS) >= 250
    stopped = [text for text in HARMLESS if judge(text) is not None]

    assert len(stopped) <= 0.05 * len(HARMLESS), stopped


def test_judged_sentences_were_not_learnt_from() -> None:
    learnt = {compact(text) for text, _ in read_written(NAMES)}

    assert "judge" in JUDGED
    assert len(learnt) > 40_000
    assert not learnt.intersection(compact(one["text"]) for one in JUDGE)


@pytest.mark.parametrize(
    "text",
    [
        "黄芪有什么功效？",
        "四物汤由哪些药组成？",
        "你好",
        "谢谢",
        "呵呵",
        "嗯",
        "？？",
        "",
        "3",
        "人参",
        "hello",
        "ni hao",
    ],
)
def test_ordinary_messages_pass(text: str) -> None:
    assert judge(text) is None


def test_a_danger_in_the_middle_of_a_long_message_is_found() -> None:
    chat = "今天和朋友去公园散步，看见很多花，后来一起喝茶聊天，说起小时候的事。" * 3
    danger = "我爸刚才突然倒在地上，怎么叫都没反应，嘴里吐白沫。"

    assert find_danger(chat) is None
    assert read_signs().find(hear(chat + danger + chat).tokens) is not None


@pytest.mark.parametrize("place", [0, 1200, 2900, 20_000])
def test_a_danger_at_either_end_of_a_very_long_message_is_found(place: int) -> None:
    chat = "今天天气很好，我们去公园看花。" * (place // 15)

    assert find_danger(f"{chat}我不想活了") is not None
    assert find_danger(f"我不想活了{chat}") is not None


def test_old_books_may_be_asked_about() -> None:
    assert find_danger("古籍里怎么论述昏厥不醒、口吐涎沫？") is None


def test_every_category_has_its_fixed_answer() -> None:
    names = {category.name for category in CATEGORIES}

    assert names == set(read_signs().names) - {"none", "prescription"}
    assert tuple(read_signs().names) == NAMES


@given(st.text(max_size=5000))
def test_windows_cover_the_text_and_any_text_can_be_judged(text: str) -> None:
    tokens = hear(text).tokens
    parts = list(windows(tokens))

    assert all(len(part) <= 32 for part in parts)
    assert {token for part in parts for token in part} == set(tokens)
    assert read_signs().find(tokens) in (*NAMES[:-1], None)


def test_pieces_are_short_strings_syllables_and_words() -> None:
    assert pieces(hear("胸口痛").tokens) == {
        "胸", "口", "痛", "胸口", "口痛", "胸口痛", "~xiong kou", "~kou tong", "~xiong kou tong",
        "@chest", "@pain", "@chest>pain",
    }  # fmt: skip
    assert {"~zi sha", "_zisha"} <= pieces(hear("zisha").tokens)
    assert {"_kill myself", "_mysel*"} <= pieces(hear("kill myself").tokens)
    assert pieces(hear("自杀").tokens) & pieces(hear("zi sha").tokens) == {"~zi sha"}


def test_weights_are_readable_and_whole() -> None:
    found = json.loads(FILE.read_text("utf-8"))

    assert FILE.stat().st_size < 3_000_000
    assert all(-127 <= step <= 127 for row in found["weights"].values() for step in row)


def test_an_ordinary_message_is_judged_in_well_under_a_millisecond() -> None:
    texts = ["黄芪有什么功效？", "我妈最近总是睡不好，应该注意些什么呢", "胸口很痛怎么办"]
    judge(texts[0])
    best = 1.0
    for _ in range(20):
        began = time.process_time()
        for text in texts:
            judge(text)
        best = min(best, (time.process_time() - began) / len(texts))

    assert best < 0.001


def test_a_file_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    broken = json.loads(FILE.read_text("utf-8"))
    broken["weights"] = {"痛": [1, 2]}
    path = tmp_path / "signs.json"
    path.write_text(json.dumps(broken), "utf-8")

    with pytest.raises(ValueError, match="weights"):
        read_signs(path)


def test_fitting_learns_what_separates_two_kinds() -> None:
    texts = [(f"血流{end}", 5) for end in "不止了啊呀吧"]
    texts += [(f"花开{end}", len(NAMES) - 1) for end in "好了啊呀吧呢"]
    samples = samples_of(texts, "written")
    vocabulary = vocabulary_of(samples)

    weights, bias = fit(as_examples(samples, vocabulary), len(vocabulary))

    blood, flower = vocabulary.index("血流"), vocabulary.index("花开")
    assert weights[blood, 5] > 0 > weights[flower, 5]
    assert bias.shape == (len(NAMES),)
    assert weights.dtype == np.float32


def test_the_strongest_pieces_are_kept_and_every_concept() -> None:
    vocabulary = ["@blood", "a", "b", *(f"x{number}" for number in range(_MOST_PIECES))]
    weights = np.ones((len(vocabulary) + 1, len(NAMES)), np.float32)
    weights[0], weights[1], weights[2] = 0.0, 0.1, 5.0

    kept = strongest(vocabulary, weights)
    chosen = set(kept)

    assert len(kept) == len(chosen) == _MOST_PIECES
    assert {"@blood", "b"} <= chosen
    assert "a" not in chosen
    assert kept == [piece for piece in vocabulary if piece in chosen]


@pytest.mark.parametrize("line", ["{", '{"text": "一"}', '{"sign": "nothing", "text": "一"}', "[]"])
def test_a_broken_sentence_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(line + "\n", "utf-8")

    with pytest.raises(ValueError, match="line 1"):
        read_sentences(path, NAMES)
