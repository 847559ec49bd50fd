"""Each kernel against NumPy, for every instruction set that runs here."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.backends.native_library import Library, Matrix, load_library
from inference.errors import EngineError
from inference.model.quantize import linear_int8, quantize_rows
from inference.reference.wygpt import group_norm

Floats = NDArray[np.float32]

WEIGHT_STEPS = 16383
"""Attention's weights are rounded to so many steps of the largest."""


def isas_here() -> list[str]:
    """Return the instruction sets of this processor; the selftest runs others in an emulator."""
    return load_library().isa_names()


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


@pytest.fixture(params=isas_here())
def isa(request: pytest.FixtureRequest) -> bytes:
    return str(request.param).encode()


def normals(seed: int, *shape: int) -> Floats:
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def error_of(found: NDArray[np.floating], exact: NDArray[np.float64]) -> float:
    return float(np.abs(found.astype(np.float64) - exact).max())


@pytest.mark.parametrize("width", [1, 5, 16, 24, 96, 192, 250])
def test_quantize_is_the_reference_bit_by_bit(library: Library, isa: bytes, width: int) -> None:
    x = normals(width, 9, width)
    x[1] = 0
    x[2] *= 1e-35
    x[3] *= 1e30
    x[4] = np.arange(width) % 7 - 3.5
    q, scale = np.empty((9, width), np.int8), np.empty(9, np.float32)

    library.op_quantize(isa, x, 9, width, q, scale)

    expected_q, expected_scale = quantize_rows(x)
    assert np.array_equal(q, expected_q)
    assert np.array_equal(scale, expected_scale)


@pytest.mark.parametrize("rows", [1, 2, 3, 4, 5, 8, 31])
@pytest.mark.parametrize(("outputs", "width"), [(1, 1), (16, 4), (17, 6), (64, 16), (192, 192)])
def test_linear_is_the_reference_bit_by_bit(
    library: Library, isa: bytes, rows: int, outputs: int, width: int
) -> None:
    random = np.random.default_rng(rows)
    weight = random.integers(-127, 128, (outputs, width), dtype=np.int8)
    scale, x = normals(1, outputs), normals(2, rows, width)
    y = np.empty((rows, outputs), np.float32)
    matrix = Matrix(weight.ctypes.data, scale.ctypes.data)

    library.op_linear(isa, x, rows, width, matrix, outputs, y)

    assert np.array_equal(y, linear_int8(x, weight, scale))


@pytest.mark.parametrize("sign", [-1, 1])
def test_linear_does_not_saturate_at_the_largest_products(
    library: Library, isa: bytes, sign: int
) -> None:
    weight = np.full((16, 4096), 127 * sign, np.int8)
    scale, x = np.ones(16, np.float32), np.ones((1, 4096), np.float32)
    y = np.empty((1, 16), np.float32)

    library.op_linear(isa, x, 1, 4096, Matrix(weight.ctypes.data, scale.ctypes.data), 16, y)

    assert np.array_equal(y, linear_int8(x, weight, scale))
    assert y[0, 0] == pytest.approx(4096 * 127 * sign, rel=1e-6)


def test_exp_is_close_and_ends_in_zero(library: Library, isa: bytes) -> None:
    x = np.concatenate((-np.geomspace(1e-9, 79.9, 5000), [0.0])).astype(np.float32)
    far = np.array([-80.1, -1e9, -math.inf], np.float32)
    y, zero = np.empty_like(x), np.empty_like(far)

    library.op_exp(isa, x, len(x), y)
    library.op_exp(isa, far, len(far), zero)

    exact = np.exp(x.astype(np.float64))
    assert np.abs(y / exact - 1).max() < 3e-7
    assert y[-1] == 1
    assert not zero.any()


@pytest.mark.parametrize(("width", "groups"), [(16, 1), (24, 2), (48, 16), (768, 16), (21, 3)])
def test_group_norm_is_as_exact_as_float32(
    library: Library, isa: bytes, width: int, groups: int
) -> None:
    x = normals(width, 6, width) * 3 + 1
    y = np.empty_like(x)

    library.op_group_norm(isa, x, 6, width, groups, y)

    exact = group_norm(x.astype(np.float64), groups)
    assert error_of(y, exact) <= 2 * error_of(group_norm(x, groups), exact) + 1e-7


def test_group_norm_of_equal_numbers_is_zero(library: Library, isa: bytes) -> None:
    x, y = np.full((1, 48), 3, np.float32), np.ones((1, 48), np.float32)
    library.op_group_norm(isa, x, 1, 48, 4, y)
    assert not y.any()


def plain_attention(
    key: Floats, query: Floats, value: Floats, pe: Floats, dtype: type
) -> NDArray[np.floating]:
    """All of it at once, with the kernels' int8 rounding and no ring."""
    (k, ks), (q, qs), (v, vs) = (quantize_rows(part) for part in (key, query, value))
    exact = q.astype(np.int64) @ k.T.astype(np.int64)
    both = (qs[:, None].astype(dtype) * ks[None].astype(dtype)) / dtype(math.sqrt(key.shape[1]))
    distance = np.arange(len(key))[:, None] - np.arange(len(key))[None]
    seen = (distance >= 0) & (distance < len(pe))
    bias = np.where(seen, pe.astype(dtype)[np.where(seen, distance, 0)], dtype(-np.inf))
    scores = exact.astype(dtype) * both + bias
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    weights = powers * vs.astype(dtype)
    unit = weights.max(axis=1, keepdims=True) / dtype(WEIGHT_STEPS)
    steps = np.rint(weights / unit)
    mixed: NDArray[np.floating] = (steps @ v.astype(dtype)) * (unit / powers.sum(axis=1)[:, None])
    return mixed


@pytest.mark.parametrize("chunk", [1, 3, 4])
@pytest.mark.parametrize("context", [1, 16, 17, 200])
@pytest.mark.parametrize("width", [1, 6, 16, 24, 48, 64])
def test_attention_is_as_exact_as_float32_round_the_ring(
    library: Library, isa: bytes, width: int, context: int, chunk: int
) -> None:
    count = 90
    key, query, value = (normals(seed, count, width) for seed in range(3))
    pe, y = normals(3, context), np.empty((count, width), np.float32)

    library.op_attention(isa, key, query, value, pe, count, width, context, chunk, y)

    exact = plain_attention(key, query, value, pe, np.float64)
    plain = plain_attention(key, query, value, pe, np.float32)
    # A weight on the edge between two steps may fall either way.
    edge = 3 / WEIGHT_STEPS if context > 1 else 0
    assert error_of(y, exact) <= 2 * error_of(plain, exact) + 1e-6 + edge
    assert np.abs(y - exact).mean() <= edge / 30 + 1e-6


def test_every_instruction_set_gives_the_same_bits(library: Library) -> None:
    parts = [normals(seed, 70, 24) for seed in range(3)]
    pe = normals(3, 33)
    found = []
    for name in library.isa_names():
        y, z = np.empty((70, 24), np.float32), np.empty((70, 24), np.float32)
        library.op_attention(name.encode(), *parts, pe, 70, 24, 33, 4, y)
        library.op_group_norm(name.encode(), parts[0], 70, 24, 2, z)
        found.append((y.tobytes(), z.tobytes()))
    assert len(set(found)) == 1


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("op_quantize", (b"auto", None, 1, 1, None, None)),
        ("op_linear", (b"auto", None, 1, 1, None, 1, None)),
        ("op_exp", (b"sse9", None, 1, None)),
        ("op_exp", (None, None, 1, None)),
        ("op_group_norm", (b"auto", normals(0, 4), 1, 4, 3, normals(0, 4))),
        ("op_group_norm", (b"auto", normals(0, 4), -1, 4, 1, normals(0, 4))),
    ],
)
def test_wrong_arguments_are_refused(
    library: Library, name: str, arguments: tuple[object, ...]
) -> None:
    with pytest.raises(EngineError, match=name):
        getattr(library, name)(*arguments)
