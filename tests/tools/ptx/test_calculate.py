"""Arithmetic of translated PTX, held against exact numbers and NumPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from tests.tools.ptx.harness import Kernels
from tests.tools.ptx.text import HEADER, each

ROUNDS = ("rn", "rz", "rm", "rp")
FLOATS: dict[str, Any] = {"f32": np.float32, "f64": np.float64}
INTS: dict[str, Any] = {"s8": np.int8, "u8": np.uint8, "s16": np.int16, "u16": np.uint16, "s32": np.int32,
        "u32": np.uint32, "s64": np.int64, "u64": np.uint64}  # fmt: skip
TYPES = FLOATS | INTS
Array = NDArray[Any]
COUNT = 32


def cases() -> dict[str, tuple[str, list[str], str]]:
    """Kernels by name: the result's type, the operands' types, the instruction."""
    found: dict[str, tuple[str, list[str], str]] = {}
    for f in FLOATS:
        for how in ROUNDS:
            for op in ("add", "sub", "mul", "div"):
                found[f"{op}_{how}_{f}"] = (f, [f, f], f"{op}.{how}.{f} {{d}}, {{a}}, {{b}};")
            found[f"fma_{how}_{f}"] = (f, [f] * 3, f"fma.{how}.{f} {{d}}, {{a}}, {{b}}, {{c}};")
            found[f"sqrt_{how}_{f}"] = (f, [f], f"sqrt.{how}.{f} {{d}}, {{a}};")
            found[f"rcp_{how}_{f}"] = (f, [f], f"rcp.{how}.{f} {{d}}, {{a}};")
            for i in INTS:
                found[f"{i}_from_{f}_{how}"] = (i, [f], f"cvt.{how}i.{i}.{f} {{d}}, {{a}};")
                found[f"{f}_from_{i}_{how}"] = (f, [i], f"cvt.{how}.{f}.{i} {{d}}, {{a}};")
        for op in ("min", "max"):
            found[f"{op}_{f}"] = (f, [f, f], f"{op}.{f} {{d}}, {{a}}, {{b}};")
        for how in ("eq", "ne", "lt", "le", "gt", "ge", "equ", "neu", "ltu", "leu", "gtu", "geu",
                    "num", "nan"):  # fmt: skip
            text = f"setp.{how}.{f} %p0, {{a}}, {{b}}; selp.u32 {{d}}, 1, 0, %p0;"
            found[f"{how}_{f}"] = ("u32", [f, f], text)
    for how in ROUNDS:
        found[f"narrow_{how}"] = ("f32", ["f64"], f"cvt.{how}.f32.f64 {{d}}, {{a}};")
    for i in INTS:
        for j in INTS:
            found[f"{i}_of_{j}"] = (i, [j], f"cvt.{i}.{j} {{d}}, {{a}};")
            found[f"{i}_of_{j}_sat"] = (i, [j], f"cvt.sat.{i}.{j} {{d}}, {{a}};")
    for a in "us":
        for b in "us":
            text = f"dp4a.{a}32.{b}32 {{d}}, {{a}}, {{b}}, {{c}};"
            found[f"dp4a_{a}_{b}"] = ("u32", ["u32"] * 3, text)
    for i in ("s32", "u32", "s64", "u64"):
        for op in ("add", "sub", "mul.lo", "mul.hi", "min", "max"):
            text = f"{op}.{i} {{d}}, {{a}}, {{b}};"
            found[f"{op.replace('.', '_')}_{i}"] = (i, [i, i], text)
        found[f"mad_{i}"] = (i, [i, i, i], f"mad.lo.{i} {{d}}, {{a}}, {{b}}, {{c}};")
        found[f"shr_{i}"] = (i, [i, "u32"], f"shr.{i} {{d}}, {{a}}, {{b}};")
        found[f"shl_{i}"] = (i, [i, "u32"], f"shl.b{i[1:]} {{d}}, {{a}}, {{b}};")
        found[f"bfind_{i}"] = ("u32", [i], f"bfind.{i} {{d}}, {{a}};")
        found[f"shiftamt_{i}"] = ("u32", [i], f"bfind.shiftamt.{i} {{d}}, {{a}};")
    for name, text in {"popc": "popc.b32", "clz": "clz.b32", "brev": "brev.b32"}.items():
        found[name] = ("u32", ["u32"], f"{text} {{d}}, {{a}};")
    found["seed"] = ("f64", ["f64"], "rcp.approx.ftz.f64 {d}, {a};")
    found["halves"] = (
        "f64", ["f64"],
        "{{ .reg .b32 %low, %high; mov.b64 {{%low, %high}}, {a}; mov.b64 {d}, {{%high, %low}}; }}",
    )  # fmt: skip
    return found


CASES = cases()


@pytest.fixture(scope="module")
def kernels() -> Kernels:
    return Kernels(HEADER + "".join(each(name, *case) for name, case in CASES.items()))


def compute(kernels: Kernels, name: str, *operands: Array) -> Array:
    result, types, _ = CASES[name]
    out = np.empty(COUNT, TYPES[result])
    kernels.run(name, out, *(x.astype(TYPES[t], copy=False) for x, t in zip(operands, types)))
    return out


def numbers(type_: str) -> st.SearchStrategy[Array]:
    if type_ in FLOATS:
        whole = st.integers(-(2**70), 2**70).map(float)
        halves = st.integers(-300, 300).map(lambda n: n / 2)
        any_ = st.floats(width=32 if type_ == "f32" else 64)
        if type_ == "f32":
            whole = whole.map(lambda x: float(np.float32(x)))
        return arrays(TYPES[type_], COUNT, elements=any_ | whole | halves)
    limits = np.iinfo(INTS[type_])
    return arrays(TYPES[type_], COUNT, elements=st.integers(int(limits.min), int(limits.max)))


def bits(x: Array) -> Array:
    """The bits, with one pattern for every NaN."""
    same = x.copy()
    if same.dtype.kind == "f":
        same[np.isnan(x.astype(np.float64))] = np.nan
    return same.view(f"u{x.dtype.itemsize}")


def rounded(exact: Fraction, how: str, float_: Any) -> Any:
    """The float that PTX asks for, of a number that is not too large and not zero."""
    with np.errstate(over="ignore", under="ignore"):
        near = float_(float(exact))  # to double first: corrected below
        below, above = near, near
        while Fraction(float(below)) > exact:
            below = np.nextafter(below, float_(-np.inf))
        while Fraction(float(np.nextafter(below, float_(np.inf)))) <= exact:
            below = np.nextafter(below, float_(np.inf))
        above = below if Fraction(float(below)) == exact else np.nextafter(below, float_(np.inf))
    down, up = exact - Fraction(float(below)), Fraction(float(above)) - exact
    even = int(below.view(f"u{below.itemsize}")) % 2 == 0
    return {
        "rn": below if down < up or (down == up and even) else above,
        "rz": below if exact > 0 else above,
        "rm": below,
        "rp": above,
    }[how]


EXACT: dict[str, Callable[[Fraction, Fraction, Fraction], Fraction]] = {
    "add": lambda a, b, c: a + b,
    "sub": lambda a, b, c: a - b,
    "mul": lambda a, b, c: a * b,
    "div": lambda a, b, c: a / b,
    "rcp": lambda a, b, c: 1 / a,
    "fma": lambda a, b, c: a * b + c,
}


@settings(max_examples=20, deadline=None)
@given(data=st.data(), f=st.sampled_from(sorted(FLOATS)), op=st.sampled_from(sorted(EXACT)))
def test_float_arithmetic_is_rounded_as_it_says(
    kernels: Kernels, data: st.DataObject, f: str, op: str
) -> None:
    # Of moderate size: what becomes too large or subnormal is NumPy's below.
    size = st.floats(2.0**-30, 2.0**30, width=32).flatmap(lambda x: st.sampled_from([x, -x]))
    columns = [data.draw(arrays(FLOATS[f], COUNT, elements=size)) for _ in range(3)]
    a, b, c = ([Fraction(float(x)) for x in column] for column in columns)
    for how in ROUNDS:
        name = f"{op}_{how}_{f}"
        found = compute(kernels, name, *columns[: len(CASES[name][1])])
        for i in range(COUNT):
            exact = EXACT[op](a[i], b[i], c[i])
            if exact != 0:
                assert found[i] == rounded(exact, how, FLOATS[f]), (how, columns, i)


@settings(max_examples=30, deadline=None)
@given(data=st.data(), f=st.sampled_from(sorted(FLOATS)))
def test_float_arithmetic_is_numpys_for_every_number(
    kernels: Kernels, data: st.DataObject, f: str
) -> None:
    a, b = data.draw(numbers(f)), data.draw(numbers(f))
    with np.errstate(all="ignore"):
        expected = {"add": a + b, "sub": a - b, "mul": a * b, "div": a / b, "sqrt": np.sqrt(a)}
        expected |= {"rcp": FLOATS[f](1) / a}
        for op, each_ in expected.items():
            found = compute(kernels, f"{op}_rn_{f}", *([a, b][: len(CASES[f"{op}_rn_{f}"][1])]))
            assert np.array_equal(bits(found), bits(each_)), op


@settings(max_examples=30, deadline=None)
@given(data=st.data(), f=st.sampled_from(sorted(FLOATS)), i=st.sampled_from(sorted(INTS)))
def test_floats_become_integers_of_the_range(
    kernels: Kernels, data: st.DataObject, f: str, i: str
) -> None:
    x = data.draw(numbers(f))
    limits = np.iinfo(INTS[i])
    ways: dict[str, Callable[[float], int]] = {
        "rn": round,
        "rz": math.trunc,
        "rm": math.floor,
        "rp": math.ceil,
    }

    def expected(value: float, how: str) -> int:
        if math.isnan(value):
            wide = f == "f64" or limits.bits == 64
            return 0 if not wide else int(limits.min) or 1 << (limits.bits - 1)
        whole = ways[how](value) if math.isfinite(value) else value
        return int(min(max(whole, int(limits.min)), int(limits.max)))

    for how in ROUNDS:
        found = compute(kernels, f"{i}_from_{f}_{how}", x)
        assert found.tolist() == [expected(float(value), how) for value in x], how


@settings(max_examples=30, deadline=None)
@given(data=st.data(), f=st.sampled_from(sorted(FLOATS)), i=st.sampled_from(sorted(INTS)))
def test_integers_and_doubles_become_the_float_that_is_asked_for(
    kernels: Kernels, data: st.DataObject, f: str, i: str
) -> None:
    x = data.draw(numbers(i))
    wide = data.draw(arrays(np.float64, COUNT, elements=st.floats(-1e30, 1e30)))
    for how in ROUNDS:
        found = compute(kernels, f"{f}_from_{i}_{how}", x)
        expected = [rounded(Fraction(int(n)), how, FLOATS[f]) if n else 0 for n in x]
        assert found.tolist() == expected, how
        narrow = compute(kernels, f"narrow_{how}", wide)
        exact = [rounded(Fraction(float(n)), how, np.float32) if n else 0 for n in wide]
        assert narrow.tolist() == exact, how
