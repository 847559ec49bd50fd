import math

import numpy as np
import pytest

from benchmarks.quality.style import Held, Style

BITS = [10.0, 20.0]


def measure(texts, held, weights=None):
    return Style(texts, BITS[: len(texts)], Held.of(held)).measure(weights)


def test_a_text_against_itself_is_at_no_distance():
    found = measure(["甲乙丙丁"], ["甲乙丙丁"])

    assert found["distance"] == pytest.approx(0.0, abs=1e-12)
    assert found["precision"] == found["recall"] == 1.0


def test_texts_with_nothing_in_common_are_one_bit_apart():
    found = measure(["甲乙丙丁"], ["子丑寅卯"])

    assert [found[f"js_{n}"] for n in (1, 2, 3)] == pytest.approx([1.0, 1.0, 1.0])
    assert found["precision"] == found["recall"] == 0.0


def test_divergence_is_known_by_hand():
    # p = (1, 0, 0), q = (1/2, 1/4, 1/4): 1/2 log2(4/3) + 1/4 log2(2/3) + half of what p lacks.
    found = measure(["甲甲甲"], ["甲甲乙丙"])

    by_hand = 0.5 * math.log2(4 / 3) + 0.25 * math.log2(2 / 3) + 0.5 / 2
    assert found["js_1"] == pytest.approx(by_hand)


def test_surprise_is_bits_over_characters_of_all_texts():
    found = measure(["甲乙丙丁", "甲乙丙丁戊己"], ["甲"])

    assert found["surprise"] == pytest.approx(30 / 10)
    assert found["characters"] == 5.0
    assert found["distinct_2"] == pytest.approx(5 / 8)


def test_weights_say_how_often_a_text_counts():
    texts, held = ["甲乙丙丁", "子丑寅卯"], ["甲乙丙丁午未"]

    assert measure(texts, held, np.array([1.0, 0.0])) == pytest.approx(
        measure([texts[0]], held) | {"surprise": 2.5}
    )
    assert (
        measure(texts, held, np.array([2.0, 2.0]))["surprise"] == measure(texts, held)["surprise"]
    )


def test_intervals_hold_the_value_and_are_the_same_for_a_seed():
    rng = np.random.default_rng(3)
    texts = ["".join(rng.choice(list("甲乙丙丁戊己"), 30)) for _ in range(12)]
    style = Style(texts, list(rng.uniform(80, 120, 12)), Held.of(["甲乙丙丁戊己" * 9]))

    found = style.intervals()

    for name, value in style.measure().items():
        low, high = found[name]
        assert low <= value <= high
    assert style.intervals() == found
