"""Hashed n-grams: which rows the last bytes pick."""

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from inference.model.ngram import FINISH, PRIME, pick_pair_rows, pick_rows

ORDERS = st.lists(st.integers(1, 16), min_size=1, max_size=8, unique=True).map(sorted)


def plain_row(text: Sequence[int], order: int, rows: int) -> int:
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


PAIR_ORDERS = st.lists(st.integers(1, 8), min_size=1, max_size=8, unique=True).map(sorted)
PAIRS = st.lists(st.integers(0, 65535), max_size=20)


@given(PAIRS, PAIRS, PAIR_ORDERS, st.integers(1, 2**24))
def test_rows_of_pairs_are_those_of_the_definition(
    before: list[int], data: list[int], orders: list[int], rows: int
) -> None:
    counts = [rows + order for order in orders]
    as_bytes = [b"".join(n.to_bytes(2, "big") for n in part) for part in (before, data)]

    found = pick_pair_rows(*as_bytes, orders, counts)

    text = before + data
    expected = [
        [plain_row(text[: len(before) + i + 1], order, count) for i in range(len(data))]
        for order, count in zip(orders, counts, strict=True)
    ]
    assert found.tolist() == expected
