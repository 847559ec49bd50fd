"""Words of one meaning give one feature, however they are written."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinglin.safety.concepts import FILE, NEAR, concept_features, concepts_in, read_concepts
from xinglin.safety.hearing import hear


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("小孙子灌了除锈剂", {"@child", "@take", "@harsh", "@child>take", "@take>harsh"}),
        ("84喝了", {"@harsh", "@take", "@harsh>take"}),
        ("chi le an mian yao", {"@medicine"}),
        ("my son drank bleach", {"@child", "@take", "@harsh", "@take>harsh"}),
        ("站在天臺邊上", {"@highplace"}),
        ("黄昏", set()),
    ],
)
def test_concepts_and_their_pairs_are_found(text: str, held: set[str]) -> None:
    features = concept_features(hear(text).tokens)

    assert held <= features
    assert bool(held) or not {"@death", "@harsh", "@blood"} & features


def test_different_words_of_one_meaning_hold_the_same_features() -> None:
    one, other = (
        concept_features(hear(text).tokens) for text in ("奶奶误喝了汽油", "爷爷误吞了煤油")
    )

    assert "@elder>harsh" in one
    assert one == other


def test_the_longest_word_counts_at_each_place() -> None:
    found = dict(concepts_in(hear("工业酒精").tokens))

    assert found[0] == ("harsh",)
    assert concept_features(hear("心口").tokens) == {"@chest"}


def test_concepts_far_apart_are_no_pair() -> None:
    between = "甲乙丙丁戊己庚辛壬癸子丑寅卯辰巳"
    near, far = (f"喝{between[:gap]}汽油" for gap in (NEAR - 1, NEAR))

    assert "@take>harsh" in concept_features(hear(near).tokens)
    assert {"@take", "@harsh"} == concept_features(hear(far).tokens)


def test_the_list_has_many_words_of_each_concept() -> None:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    lexicon = read_concepts()

    assert len({line.split()[0] for line in lines}) >= 60
    assert sum(map(len, lexicon.written.values())) > 1500
    assert len(lexicon.whole) > 200


@given(st.text(max_size=400))
def test_any_text_has_concepts_in_order(text: str) -> None:
    tokens = hear(text).tokens
    places = [at for at, _ in concepts_in(tokens)]

    assert places == sorted(places)
    assert all(0 <= at < len(tokens) for at in places)


def test_the_time_grows_with_the_length() -> None:
    tokens = [hear("我妈喝了农药" * size).tokens for size in (200, 600)]
    best = [1.0, 1.0]
    for _ in range(3):
        for at, these in enumerate(tokens):
            began = time.process_time()
            concept_features(these)
            best[at] = min(best[at], time.process_time() - began)

    assert best[1] <= 10 * max(best[0], 0.001)
