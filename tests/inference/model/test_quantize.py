import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inference.errors import ShapeError
from inference.model.quantize import SMALLEST, linear_int8, quantize_matrix, quantize_rows

ROWS = arrays(
    np.float32,
    st.tuples(st.integers(1, 4), st.integers(1, 40)),
    elements=st.floats(-50, 50, width=32),
)


@given(ROWS)
def test_rows_come_back_within_half_a_step(x: np.ndarray) -> None:
    q, scale = quantize_rows(x)

    assert q.dtype == np.int8
    assert scale.dtype == np.float32
    assert q.shape == x.shape
    assert scale.shape == x.shape[:1]
    assert np.abs(q.astype(int)).max() <= 127
    back = q * scale[:, None].astype(np.float64)
    assert (np.abs(back - x) <= 0.501 * scale[:, None] + SMALLEST).all()


def test_row_of_zeros_gets_scale_zero() -> None:
    q, scale = quantize_rows(np.zeros((2, 5), np.float32))
    assert not q.any()
    assert not scale.any()


def test_row_of_almost_nothing_counts_as_zero() -> None:
    q, scale = quantize_rows(np.full((1, 3), 1e-31, np.float32))
    assert not q.any()
    assert not scale.any()


def test_largest_of_a_row_becomes_127() -> None:
    q, scale = quantize_rows(np.array([[1.0, -4.0, 2.0]], np.float32))
    assert q.tolist() == [[32, -127, 64]]
    assert scale[0] == np.float32(4.0) / np.float32(127)


def test_rows_round_half_to_even() -> None:
    q, _ = quantize_rows(np.array([[127.0, 0.5, 1.5, 2.5, -0.5, -1.5]], np.float32))
    assert q.tolist() == [[127, 0, 2, 2, 0, -2]]


def test_rows_keep_leading_axes() -> None:
    q, scale = quantize_rows(np.ones((2, 3, 4), np.float32))
    assert q.shape == (2, 3, 4)
    assert scale.shape == (2, 3)


def test_matrix_scale_holds_the_root_of_the_fan_in() -> None:
    matrix = np.array([[1.27, -0.01, 0.0, 0.5], [0, 0, 0, 0]], np.float32)
    quantized = quantize_matrix(matrix)

    assert quantized.weight.dtype == np.int8
    assert quantized.weight.flags.c_contiguous
    assert quantized.weight.tolist() == [[127, -1, 0, 50], [0, 0, 0, 0]]
    assert quantized.scale.dtype == np.float32
    assert quantized.scale == pytest.approx([0.01 / math.sqrt(4), 0])


def test_matrix_has_two_axes() -> None:
    with pytest.raises(ShapeError, match="2 axes"):
        quantize_matrix(np.zeros(3, np.float32))


def test_linear_multiplies_integers_exactly() -> None:
    random = np.random.default_rng(1)
    x = random.standard_normal((5, 64)).astype(np.float32)
    weight = random.integers(-127, 128, (48, 64)).astype(np.int8)
    scale = random.random(48).astype(np.float32)

    y = linear_int8(x, weight, scale)

    q, x_scale = quantize_rows(x)
    for row in range(5):
        for out in range(48):
            exact = sum(int(a) * int(b) for a, b in zip(q[row], weight[out], strict=True))
            assert y[row, out] == np.float32(exact) * (x_scale[row] * scale[out])
    assert y.dtype == np.float32


def test_linear_is_near_the_float_product() -> None:
    random = np.random.default_rng(2)
    x = random.standard_normal((7, 96)).astype(np.float32)
    matrix = random.standard_normal((32, 96)).astype(np.float32)
    quantized = quantize_matrix(matrix)

    y = linear_int8(x, quantized.weight, quantized.scale)

    right = x @ matrix.T / math.sqrt(96)
    assert np.abs(y - right).max() < 0.05


def test_linear_refuses_widths_that_differ() -> None:
    with pytest.raises(ShapeError, match="3 wide, the matrix 4"):
        linear_int8(np.ones((1, 3), np.float32), np.ones((2, 4), np.int8), np.ones(2, np.float32))
