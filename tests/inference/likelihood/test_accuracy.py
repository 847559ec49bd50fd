import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.likelihood.accuracy import Accuracy


def test_interval_is_wilsons() -> None:
    # Newcombe 1998, Statistics in Medicine 17: 857-872, table I, method 3.
    for right, n, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        assert Accuracy(right, n).interval == pytest.approx((low, high), abs=5e-5)


@given(st.lists(st.booleans(), min_size=1, max_size=500))
def test_interval_holds_the_share(hits: list[bool]) -> None:
    found = Accuracy.of(hits)
    low, high = found.interval
    assert 0 <= low <= found.share <= high <= 1
    assert found.n == len(hits)


def test_says_share_interval_and_number() -> None:
    assert str(Accuracy(2, 5)) == "40.0% (11.8% to 76.9%, n = 5)"
