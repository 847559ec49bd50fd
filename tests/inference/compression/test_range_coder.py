from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from inference.compression.range_coder import RangeDecoder, RangeEncoder

CHOICES = st.lists(
    st.integers(1, 24).flatmap(
        lambda bits: st.tuples(st.just(bits), st.integers(0, (1 << bits) - 1)).flatmap(
            lambda pair: st.tuples(
                st.just(pair[0]), st.just(pair[1]), st.integers(1, (1 << pair[0]) - pair[1])
            )
        )
    ),
    max_size=25,
)


def encode(choices: list[tuple[int, int, int]]) -> bytes:
    encoder = RangeEncoder()
    for bits, start, size in choices:
        encoder.encode(start, size, bits)
    encoder.finish()
    return encoder.take()


def check(choices: list[tuple[int, int, int]]) -> bytes:
    code = encode(choices)
    decoder = RangeDecoder(code)
    for bits, start, size in choices:
        assert start <= decoder.find(bits) < start + size
        decoder.take(start, size)
    return code


@settings(max_examples=40)
@given(CHOICES)
def test_choices_come_back_and_cost_what_they_must(choices: list[tuple[int, int, int]]) -> None:
    code = check(choices)
    bits = sum(bits - math.log2(size) for bits, _, size in choices)
    assert 8 * len(code) <= bits + 8 + 1e-3 * len(choices)


def test_carry_runs_through_any_number_of_full_bytes() -> None:
    # The highest part again and again leaves only 255s; the last choice decides whether all turn.
    for last in ((24, 0, 1), (24, (1 << 24) - 1, 1)):
        check([(24, (1 << 24) - 1, 1)] * 200 + [last] * 3)
        check([(1, 0, 1), *[(24, (1 << 24) - 1, 1)] * 200, last, (1, 1, 1)])
        check([(8, 1, 1), *[(3, 7, 1)] * 333, last, (1, 1, 1)])


def test_nothing_takes_no_bytes_and_frames_follow_each_other() -> None:
    assert encode([]) == b""
    encoder = RangeEncoder()
    for value in (3, 200):
        encoder.encode(value, 1, 8)
        encoder.finish()
    assert encoder.take() == bytes((3, 200))
    assert encoder.take() == b""


def test_foreign_code_gives_some_choice() -> None:
    decoder = RangeDecoder(b"\xff" * 9)
    for _ in range(40):
        place = decoder.find(8)
        assert 0 <= place < 256
        decoder.take(place, 1)
