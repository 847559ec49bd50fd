"""Integers, comparisons and small helpers of translated PTX, held against Python and NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tools.ptx.harness import Kernels
from tests.tools.ptx.test_calculate import CASES, COUNT, FLOATS, INTS, TYPES, bits, compute, numbers
from tests.tools.ptx.text import HEADER, each


@pytest.fixture(scope="module")
def kernels() -> Kernels:
    return Kernels(HEADER + "".join(each(name, *case) for name, case in CASES.items()))


def wrapped(value: int, type_: str) -> int:
    """The integer of the type with the same low bits."""
    return int(
        np.array([value % (1 << int(type_[1:]))], f"u{int(type_[1:]) // 8}").view(TYPES[type_])[0]
    )


@settings(max_examples=30, deadline=None)
@given(data=st.data(), type_=st.sampled_from(["s32", "u32", "s64", "u64"]))
def test_integers_wrap_and_shifts_end_at_the_width(
    kernels: Kernels, data: st.DataObject, type_: str
) -> None:
    a, b, c = (data.draw(numbers(type_)) for _ in range(3))
    by = data.draw(st.lists(st.integers(0, 70) | st.just(2**32 - 1), min_size=32, max_size=32))
    width = int(type_[1:])
    rows = [(int(x), int(y), int(z), n) for x, y, z, n in zip(a, b, c, by)]
    expected = {
        "add": [x + y for x, y, _, _ in rows],
        "sub": [x - y for x, y, _, _ in rows],
        "mul_lo": [x * y for x, y, _, _ in rows],
        "mul_hi": [(x * y) >> width for x, y, _, _ in rows],
        "min": [min(x, y) for x, y, _, _ in rows],
        "max": [max(x, y) for x, y, _, _ in rows],
        "mad": [x * y + z for x, y, z, _ in rows],
        "shr": [x >> min(n, width) for x, _, _, n in rows],
        "shl": [x << min(n, width) for x, _, _, n in rows],
    }
    for op, each_ in expected.items():
        last = np.array(by, np.uint32) if op in ("shr", "shl") else b
        name = f"{op}_{type_}"
        found = compute(kernels, name, *[a, last, c][: len(CASES[name][1])])
        assert found.tolist() == [wrapped(value, type_) for value in each_], op


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_four_bytes_are_multiplied_with_or_without_a_sign(
    kernels: Kernels, data: st.DataObject
) -> None:
    a, b, c = (data.draw(numbers("u32")) for _ in range(3))
    kinds = {"u": np.uint8, "s": np.int8}
    for x in "us":
        for y in "us":
            left = a.view(kinds[x]).reshape(-1, 4).astype(np.int64)
            right = b.view(kinds[y]).reshape(-1, 4).astype(np.int64)
            expected = ((left * right).sum(1) + c).astype(np.uint32)
            assert np.array_equal(compute(kernels, f"dp4a_{x}_{y}", a, b, c), expected)


@settings(max_examples=20, deadline=None)
@given(data=st.data(), to=st.sampled_from(sorted(INTS)), of=st.sampled_from(sorted(INTS)))
def test_integers_become_other_integers(
    kernels: Kernels, data: st.DataObject, to: str, of: str
) -> None:
    x = data.draw(numbers(of))
    limits = np.iinfo(INTS[to])
    low = [wrapped(int(n), to) for n in x]
    near = [min(max(int(n), int(limits.min)), int(limits.max)) for n in x]
    assert compute(kernels, f"{to}_of_{of}", x).tolist() == low
    assert compute(kernels, f"{to}_of_{of}_sat", x).tolist() == near


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_bits_are_counted_found_and_turned_round(kernels: Kernels, data: st.DataObject) -> None:
    x = data.draw(numbers("u32"))
    texts = [f"{int(n):032b}" for n in x]
    assert compute(kernels, "popc", x).tolist() == [text.count("1") for text in texts]
    assert compute(kernels, "clz", x).tolist() == [(text + "1").index("1") for text in texts]
    assert compute(kernels, "brev", x).tolist() == [int(text[::-1], 2) for text in texts]


@settings(max_examples=30, deadline=None)
@given(data=st.data(), type_=st.sampled_from(["s32", "u32", "s64", "u64"]))
def test_first_bit_that_is_no_sign_is_found(
    kernels: Kernels, data: st.DataObject, type_: str
) -> None:
    x = data.draw(numbers(type_))
    none, width = 2**32 - 1, int(type_[1:])
    at = [(int(n) if n >= 0 else ~int(n)).bit_length() - 1 for n in x]
    expected = [none if i < 0 else i for i in at]
    assert compute(kernels, f"bfind_{type_}", x).tolist() == expected
    expected = [none if i < 0 else width - 1 - i for i in at]
    assert compute(kernels, f"shiftamt_{type_}", x).tolist() == expected


@settings(max_examples=30, deadline=None)
@given(data=st.data(), f=st.sampled_from(sorted(FLOATS)))
def test_comparisons_and_extremes_know_what_is_not_a_number(
    kernels: Kernels, data: st.DataObject, f: str
) -> None:
    a, b = data.draw(numbers(f)), data.draw(numbers(f))
    same = data.draw(st.lists(st.booleans(), min_size=COUNT, max_size=COUNT))
    b = np.where(same, a, b)
    nan = np.isnan(a) | np.isnan(b)
    plain = {
        "eq": a == b,
        "ne": (a != b) & ~nan,
        "lt": a < b,
        "le": a <= b,
        "gt": a > b,
        "ge": a >= b,
    }
    expected = plain | {f"{how}u": value | nan for how, value in plain.items()}
    for how, each_ in (expected | {"num": ~nan, "nan": nan}).items():
        assert np.array_equal(compute(kernels, f"{how}_{f}", a, b), each_.astype(np.uint32)), how

    for op, better in (("min", np.less), ("max", np.greater)):
        sign = np.signbit(a) if op == "min" else ~np.signbit(a)
        first = np.isnan(b) | better(a, b) | ((a == b) & sign)
        each_ = np.where(np.isnan(a) | ~first, b, a)
        assert np.array_equal(bits(compute(kernels, f"{op}_{f}", a, b)), bits(each_)), op


def test_halves_of_a_double_are_its_low_and_its_high_word(kernels: Kernels) -> None:
    x = np.random.default_rng(1).standard_normal(COUNT)
    expected = x.view(np.uint32).reshape(-1, 2)[:, ::-1].copy().view(np.float64).ravel()
    assert compute(kernels, "halves", x).tobytes() == expected.tobytes()


def test_seed_of_a_division_has_twenty_bits(kernels: Kernels) -> None:
    x = np.array([1, -3, 1e300, 1e-300, 7, math.inf, -0.0, 5e-324] * 4)
    found = compute(kernels, "seed", x)
    with np.errstate(divide="ignore"):
        expected = 1 / np.where(np.abs(x) < 1e-307, np.copysign(0, x), x)
    assert found == pytest.approx(expected, rel=2.0**-19)
    assert not np.any(found.view(np.uint64) & 0xFFFFFFFF)
