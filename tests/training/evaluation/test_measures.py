from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.evaluation.measures import (
    count_grams,
    distinct_share,
    grams,
    is_valid_text,
    overuses_gram,
    repeated_share,
    repeats_gram,
    repeats_unit,
    times_in_a_row,
    wilson_interval,
)


@pytest.mark.parametrize(
    ("text", "n", "times"),
    [
        ("", 4, 0),
        ("甲乙丙", 4, 0),
        ("甲乙丙丁", 4, 1),
        ("甲乙丙丁甲乙丙丁", 4, 2),
        ("前甲乙丙丁甲乙丙丁甲乙丙丁后", 4, 3),
        ("甲乙丙丁甲乙丙", 4, 1),
        ("甲甲甲甲甲甲甲甲", 4, 2),
        ("甲乙丙甲乙丙甲乙", 3, 2),
        ("甲乙丙丁子甲乙丙丁", 4, 1),
    ],
)
def test_times_in_a_row_are_counted(text, n, times):
    assert times_in_a_row(text, n) == times


@given(st.text("甲乙丙", max_size=30), st.integers(1, 5))
def test_times_in_a_row_agree_with_looking_for_the_repetition(text, n):
    found = max((k for k in range(1, 31) for g in grams(text, n) if g * k in text), default=0)

    assert times_in_a_row(text, n) == found


def test_more_than_three_times_in_a_row_is_four():
    assert not repeats_gram("甲乙丙丁" * 3)
    assert repeats_gram("前" + "甲乙丙丁" * 4)
    assert repeats_gram("甲" * 16)
    assert not repeats_gram("甲" * 15)


def test_a_longer_unit_repeats_too_though_no_4_gram_stands_in_a_row():
    looped = "甲乙丙丁戊己庚" * 4

    assert repeats_unit(looped)
    assert not repeats_gram(looped)
    assert not repeats_unit("甲乙丙丁戊己庚" * 3)
    assert not repeats_unit("甲" * 7)


def test_the_looser_count_is_anywhere():
    assert overuses_gram("甲乙丙丁一甲乙丙丁二甲乙丙丁三甲乙丙丁")
    assert not overuses_gram("甲乙丙丁一甲乙丙丁二甲乙丙丁三")
    assert not overuses_gram("")


def test_repetition_is_the_share_of_grams_that_stood_before():
    assert repeated_share("甲乙丙丁戊己庚辛") == 0.0
    assert repeated_share("甲乙丙丁甲乙丙丁") == pytest.approx(1 / 5)
    assert repeated_share("短") == 0.0


def test_distinct_grams_are_counted_over_all_texts_and_span_none():
    assert distinct_share(["甲乙甲", "乙甲"], 2) == pytest.approx(2 / 3)
    assert distinct_share(["甲甲甲甲"], 1) == 0.25
    assert distinct_share(["甲"], 2) == 0.0
    assert count_grams(["甲乙", "丙"], 2) == Counter({"甲乙": 1})


def test_valid_text_has_no_controls_and_no_mark_of_broken_text():
    assert is_valid_text("好。\n\u3000是 a")
    for broken in ("\x00", "\x04", "\t", "\ufffd", "\ue000", "\ud800"):
        assert not is_valid_text(f"好{broken}")


def test_wilson_interval_is_the_published_one():
    # Newcombe 1998, table 1: 81 of 263 and 0 of 20.
    assert wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson_interval(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson_interval(0, 0) == (0.0, 1.0)


@given(st.integers(1, 300).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_interval_holds_the_share(hits_and_count):
    hits, count = hits_and_count
    low, high = wilson_interval(hits, count)

    assert 0 <= low <= hits / count + 1e-12
    assert hits / count - 1e-12 <= high <= 1
