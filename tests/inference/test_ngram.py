"""Hashed n-grams: which rows the last bytes pick."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inference.ngram import FINISH, PRIME, pick_rows

ORDERS = st.lists(st.integers(1, 16), min_size=1, max_size=8, unique=True).map(sorted)


def plain_row(text: bytes, order: int, rows: int) -> int:
    """The definition, in whole numbers without bounds."""
    value = 0
    for back in range(order):
        value = (value * PRIME % 2**32) ^ (text[-1 - back] + 1 if back < len(text) else 0)
    for shift, multiplier in FINISH:
        value = (value ^ (value >> shift)) * multiplier % 2**32
    return (value ^ (value >> 16)) % rows


@given(st.binary(max_size=40), st.binary(max_size=40), ORDERS, st.integers(1, 2**24))
def test_rows_are_those_of_the_definition(
    before: bytes, data: bytes, orders: list[int], rows: int
) -> None:
    found = pick_rows(before, data, orders, rows)

    text = before + data
    expected = [
        [plain_row(text[: len(before) + i + 1], order, rows) for i in range(len(data))]
        for order in orders
    ]
    assert found.tolist() == expected


def test_rows_are_used_evenly() -> None:
    text = np.random.default_rng(0).integers(0, 256, 40_000, np.uint8).tobytes()

    found = pick_rows(b"", text, (3,), 400)[0]

    counts = np.bincount(found, minlength=400)
    assert counts.min() > 50
    assert counts.max() < 160
