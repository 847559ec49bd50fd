"""Danger signs in words that no rule foresaw."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinglin.safety.categories import CATEGORIES
from xinglin.safety.learn import NAMES, SENTENCES, as_examples, fit, read_sentences, vocabulary_of
from xinglin.safety.rules import find_danger, find_rule, normalize
from xinglin.safety.signs import FILE, pieces, read_signs, windows

JUDGE = [json.loads(line) for line in (SENTENCES / "judge.jsonl").read_text("utf-8").splitlines()]
DANGERS = [one["text"] for one in JUDGE if one["sign"] != "none"]
HARMLESS = [one["text"] for one in JUDGE if one["sign"] == "none"]


def test_most_dangers_that_no_rule_foresaw_are_found() -> None:
    """Sentences that neither the rules nor the classifier were made with."""
    assert len(DANGERS) >= 150
    found = sum(find_danger(text) is not None for text in DANGERS)
    by_rules = sum(find_rule(text) is not None for text in DANGERS)

    assert found >= 0.8 * len(DANGERS)
    assert found >= 2 * by_rules


def test_few_harmless_sentences_are_stopped_though_half_of_them_look_alike() -> None:
    assert len(HARMLESS) >= 250
    by_likeness = [t for t in HARMLESS if find_rule(t) is None and find_danger(t) is not None]

    assert len(by_likeness) <= 0.04 * len(HARMLESS), by_likeness


def test_judged_sentences_were_not_learnt_from() -> None:
    learnt = {
        normalize(json.loads(line)["text"])
        for path in SENTENCES.glob("*.jsonl")
        if path.stem != "judge"
        for line in path.read_text("utf-8").splitlines()
    }

    assert len(learnt) > 2500
    assert not learnt.intersection(normalize(one["text"]) for one in JUDGE)


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
    ],
)
def test_ordinary_messages_pass(text: str) -> None:
    assert find_danger(text) is None


def test_a_danger_in_the_middle_of_a_long_message_is_found() -> None:
    chat = "今天和朋友去公园散步，看见很多花，后来一起喝茶聊天，说起小时候的事。" * 3
    danger = "我爸刚才突然倒在地上，怎么叫都没反应，嘴里吐白沫。"

    assert find_danger(chat) is None
    assert read_signs().find(normalize(chat + danger + chat)) is not None


def test_old_books_may_be_asked_about() -> None:
    assert find_danger("古籍里怎么论述昏厥不醒、口吐涎沫？") is None


def test_every_category_has_its_fixed_answer() -> None:
    assert {category.name for category in CATEGORIES} == set(read_signs().names) - {"none"}
    assert tuple(read_signs().names) == NAMES


@given(st.text(max_size=5000))
def test_windows_cover_the_text_and_any_text_can_be_judged(text: str) -> None:
    plain = normalize(text)
    parts = list(windows(plain))

    assert all(len(part) <= 80 for part in parts)
    assert set("".join(parts)) == set(plain[:2000])
    assert read_signs().find(plain) in (*NAMES[:-1], None)


def test_pieces_are_the_strings_of_one_to_four_characters() -> None:
    assert pieces("胸口痛") == {"胸", "口", "痛", "胸口", "口痛", "胸口痛"}
    assert len(pieces("一二三四五")) == 5 + 4 + 3 + 2


def test_weights_are_readable_and_whole() -> None:
    found = json.loads(FILE.read_text("utf-8"))

    assert FILE.stat().st_size < 1_000_000
    assert all(-127 <= step <= 127 for row in found["weights"].values() for step in row)


def test_a_file_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    broken = json.loads(FILE.read_text("utf-8"))
    broken["weights"] = {"痛": [1, 2]}
    path = tmp_path / "signs.json"
    path.write_text(json.dumps(broken), "utf-8")

    with pytest.raises(ValueError, match="weights"):
        read_signs(path)


def test_fitting_learns_what_separates_two_kinds() -> None:
    import numpy as np

    texts = [(f"血流{end}", 5) for end in "不止了啊呀"] + [
        (f"花开{end}", 12) for end in "好了啊呀吧"
    ]
    vocabulary = vocabulary_of(texts)
    examples = as_examples(texts, vocabulary)

    weights, bias = fit(examples, len(vocabulary), np.ones(len(texts)))

    blood, flower = vocabulary.index("血流"), vocabulary.index("花开")
    assert weights[blood, 5] > 0 > weights[flower, 5]
    assert bias.shape == (len(NAMES),)


@pytest.mark.parametrize("line", ["{", '{"text": "一"}', '{"sign": "nothing", "text": "一"}', "[]"])
def test_a_broken_sentence_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text(line + "\n", "utf-8")

    with pytest.raises(ValueError, match="line 1"):
        read_sentences(path)
