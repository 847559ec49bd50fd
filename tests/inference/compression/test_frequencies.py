"""Logits to whole frequencies: the native function and the Python one, bit by bit."""

from __future__ import annotations

from math import isqrt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference.backends.native_library import load_library
from inference.compression.frequencies import ROOTS, TOTAL, frequencies, power_table
from inference.errors import KernelError

TABLE = power_table()


def native(logits: NDArray[np.float32]) -> NDArray[np.uint32]:
    library = load_library()
    found = np.empty(256, np.uint32)
    library.op_frequencies(np.ascontiguousarray(logits, np.float32), found)
    return found


def check(logits: NDArray[np.float32]) -> NDArray[np.uint32]:
    found = frequencies(logits, TABLE)
    assert found.dtype == np.uint32
    assert found.sum(dtype=np.int64) == TOTAL
    assert found.min() >= 1
    assert np.array_equal(found, native(logits))
    return found


def test_roots_are_exact_to_the_last_bit() -> None:
    square = 1 << 63  # 1/2, in units of 2^-64
    for root in ROOTS:
        assert isqrt(square) <= root <= isqrt(square) + 1
        square = isqrt(square << 64)


@pytest.mark.parametrize("scale", [1e-3, 1, 3, 10, 100, 1e30])
def test_random_logits_give_their_softmax(scale: float) -> None:
    random = np.random.default_rng(0)
    for _ in range(50):
        logits = (scale * random.standard_normal(256)).astype(np.float32)

        found = check(logits) / TOTAL

        exact = np.exp(logits.astype(np.float64) - logits.max())
        exact /= exact.sum()
        assert np.abs(found - exact).max() < 3e-4 * exact.max() + 257 / TOTAL
        cost = -(exact * np.log2(found)).sum() + (exact * np.log2(np.maximum(exact, 1e-300))).sum()
        assert cost < 1e-4  # bits a byte


def test_extremes() -> None:
    largest = np.finfo(np.float32).max
    ramp = np.linspace(-60, 0, 256, dtype=np.float32)
    for logits in (
        np.zeros(256, np.float32),
        np.full(256, largest),
        np.full(256, -largest),
        np.where(np.arange(256) % 2, largest, -largest).astype(np.float32),
        np.full(256, np.float32(1e-45)) * (np.arange(256) % 3).astype(np.float32),
        ramp,
        ramp[::-1],
        np.eye(1, 256, 200, dtype=np.float32)[0] * largest,
    ):
        check(logits)
    assert (check(np.zeros(256, np.float32)) == TOTAL // 256).all()
    sure = check(np.eye(1, 256, 200, dtype=np.float32)[0] * 1000)
    assert (sure[200], sure[0]) == (TOTAL - 255, 1)


def test_rest_goes_to_the_smallest_byte_of_the_largest_logit() -> None:
    logits = np.zeros(256, np.float32)
    logits[[7, 9, 200]] = 1
    found = check(logits)
    assert found[7] > found[9] == found[200] > found[0]


@given(st.binary(min_size=64, max_size=1024))
def test_any_bits_of_logits_are_the_same_in_both(bits: bytes) -> None:
    logits = np.resize(np.frombuffer(bits[: len(bits) // 4 * 4], np.float32), 256)
    check(np.where(np.isfinite(logits), logits, np.float32(0)))


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf])
def test_logit_that_is_no_number_is_refused(wrong: float) -> None:
    logits = np.zeros(256, np.float32)
    logits[3] = wrong
    with pytest.raises(KernelError, match="not finite"):
        frequencies(logits, TABLE)
    with pytest.raises(KernelError):
        native(logits)
