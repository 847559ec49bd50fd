from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from inference.compression.frequencies import power_table
from inference.compression.logarithm import BIT_TOTAL, Logarithm

LOGARITHM = Logarithm(power_table())


@settings(max_examples=50)
@given(st.integers(1, 1 << 24))
def test_log2_is_right_to_two_steps(number: int) -> None:
    assert 0 <= 4096 * math.log2(number) - LOGARITHM.log2(number) < 2.5


@settings(max_examples=50)
@given(st.integers(-(1 << 20), 1 << 20))
def test_probability_is_that_of_the_odds_and_never_sure(odds: int) -> None:
    found = LOGARITHM.probability(odds)
    assert 1 <= found < BIT_TOTAL
    assert abs(found / BIT_TOTAL - 1 / (1 + 2 ** (-odds / 4096))) < 1e-6
    assert found + LOGARITHM.probability(-odds) == BIT_TOTAL or odds == 0


def test_even_odds_are_one_half() -> None:
    assert LOGARITHM.odds(77, 77) == 0
    assert LOGARITHM.probability(0) == BIT_TOTAL // 2
