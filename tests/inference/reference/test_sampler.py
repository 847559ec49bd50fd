import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inference.errors import KernelError
from inference.reference.sampler import (
    LONGEST_MATCH,
    MatchPenalty,
    Sampler,
    SplitMix64,
    candidates,
    draw,
)
from inference.sampling import METHODS, SamplingConfig

ALL = np.ones(256, bool)
LOGITS = arrays(np.float32, 256, elements=st.floats(-30, 30, width=32))
MASKS = arrays(np.bool_, 256).filter(lambda mask: mask.any())


def logits_of(*shares: float) -> np.ndarray:
    """Logits whose softmax gives bytes 0, 1, … these shares, and the others nearly nothing."""
    logits = np.full(256, -1000.0)
    logits[: len(shares)] = np.log(shares)
    return logits


def kept(config: SamplingConfig, *shares: float) -> list[int]:
    return np.flatnonzero(candidates(logits_of(*shares), ALL, config)).tolist()


@pytest.mark.parametrize(
    ("seed", "first"),
    [
        (0, [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]),
        (1234567, [6457827717110365317, 3203168211198807973, 9817491932198370423]),
    ],
)
def test_generator_gives_the_published_numbers(seed: int, first: list[int]) -> None:
    generator = SplitMix64(seed)
    assert [generator.integer() for _ in first] == first


def test_uniform_numbers_are_below_one_and_even() -> None:
    generator = SplitMix64(2**64 - 1)
    numbers = np.array([generator.uniform() for _ in range(20_000)])
    assert numbers.min() >= 0.0
    assert numbers.max() < 1.0
    assert np.histogram(numbers, 10, (0, 1))[0] == pytest.approx(2000, rel=0.1)


@given(LOGITS, MASKS, st.sampled_from(METHODS), st.integers(0, 2**64 - 1))
def test_only_allowed_bytes_are_drawn(
    logits: np.ndarray, allowed: np.ndarray, method: str, seed: int
) -> None:
    config = SamplingConfig(method=method, seed=seed)
    weights = candidates(logits, allowed, config)

    assert weights.dtype == np.float64
    assert (weights >= 0).all()
    assert weights.any()
    assert not weights[~allowed].any()
    assert allowed[Sampler(config).pick(logits, allowed)]


@given(LOGITS, MASKS)
def test_top_e_of_zero_is_greedy(logits: np.ndarray, allowed: np.ndarray) -> None:
    weights = candidates(logits, allowed, SamplingConfig(top_e=0))
    exact = np.where(allowed, logits, -np.inf).astype(np.float64)
    as_probable = np.exp(exact - exact.max()) == 1.0  # a difference below 1e-16 is none
    assert np.flatnonzero(weights).tolist() == [int(np.argmax(as_probable))]


@given(LOGITS)
def test_top_e_without_bound_is_plain_sampling(logits: np.ndarray) -> None:
    weights = candidates(logits, ALL, SamplingConfig(top_e=math.inf))
    exact = np.exp(logits.astype(np.float64) - logits.max())
    assert weights / weights.sum() == pytest.approx(exact / exact.sum())


@given(LOGITS)
def test_top_e_keeps_more_as_it_grows(logits: np.ndarray) -> None:
    counts = [
        np.count_nonzero(candidates(logits, ALL, SamplingConfig(top_e=e)))
        for e in (0, 0.5, 1, 2, 4)
    ]
    assert all(less <= more for less, more in pairwise(counts))


@pytest.mark.parametrize(
    ("top_e", "shares", "count"),
    [
        (1, (1.0,), 1),
        (1, (0.5, 0.5), 2),
        (1, (0.25,) * 4, 4),
        (0.5, (0.25,) * 4, 2),
        (0.625, (0.25,) * 4, 3),  # 2.5 rounds up
        (0.62, (0.25,) * 4, 2),
        (9, (0.25,) * 4, 4),
        (0.1, (0.25,) * 4, 1),
        (1, (0.9, 0.1), 1),  # e^E = 1.38
        (1, (0.8, 0.2), 2),  # e^E = 1.65
    ],
)
def test_top_e_keeps_as_many_as_the_entropy_says(
    top_e: float, shares: tuple[float, ...], count: int
) -> None:
    assert kept(SamplingConfig(top_e=top_e), *shares) == list(range(count))


def test_ties_break_toward_the_smaller_byte() -> None:
    even = np.zeros(256)
    for config in (SamplingConfig(top_e=3 / 256), SamplingConfig(method="top-k", top_k=3)):
        assert np.flatnonzero(candidates(even, ALL, config)).tolist() == [0, 1, 2]


def test_entropy_is_of_the_allowed_bytes_alone() -> None:
    allowed = np.zeros(256, bool)
    allowed[[7, 9]] = True
    weights = candidates(np.zeros(256), allowed, SamplingConfig())
    assert np.flatnonzero(weights).tolist() == [7, 9]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (SamplingConfig(method="top-k", top_k=2), [0, 1]),
        (SamplingConfig(method="top-k", top_k=256), [0, 1, 2, 3]),
        (SamplingConfig(method="top-p", top_p=0.4), [0]),
        (SamplingConfig(method="top-p", top_p=0.6), [0, 1]),
        (SamplingConfig(method="top-p", top_p=1.0), [0, 1, 2, 3]),
        (SamplingConfig(method="min-p", min_p=0.5), [0, 1]),
        (SamplingConfig(method="min-p", min_p=1.0), [0]),
        (SamplingConfig(method="min-p", min_p=0.0), [0, 1, 2, 3]),
    ],
)
def test_other_methods_keep_what_they_say(config: SamplingConfig, expected: list[int]) -> None:
    assert kept(config, 0.5, 0.26, 0.15, 0.09) == expected


def test_temperature_divides_the_logits() -> None:
    hot = candidates(logits_of(0.8, 0.2), ALL, SamplingConfig(top_e=math.inf, temperature=2))
    assert hot[0] / hot[1] == pytest.approx(2.0)


def test_wygpt_takes_one_part_of_256_off() -> None:
    weights = candidates(logits_of(0.9, 0.1), ALL, SamplingConfig(method="wygpt"))
    sharp = np.array([0.9, 0.1]) ** math.sqrt(2)
    assert weights[:2] == pytest.approx(sharp / sharp.sum() - 1 / 256)
    assert np.flatnonzero(weights).tolist() == [0, 1]


def test_wygpt_keeps_the_largest_when_all_are_clipped() -> None:
    even = np.zeros(256)
    even[77] = 1e-9
    weights = candidates(even, ALL, SamplingConfig(method="wygpt"))
    assert np.flatnonzero(weights).tolist() == [77]


def naive_penalty(history: bytes) -> np.ndarray:
    """The published double loop."""
    penalty, n = np.zeros(256), len(history)
    for k in range(n):
        m = 1
        while m <= k and history[k - m] == history[n - m]:
            m += 1
        penalty[history[k]] += (math.exp(min(m, LONGEST_MATCH) / math.e) - 1) / (n - k)
    return penalty


@given(st.binary(max_size=60) | st.text("ab", max_size=60).map(str.encode))
def test_penalty_is_that_of_the_published_loop(history: bytes) -> None:
    penalty = MatchPenalty()
    penalty.feed(history)
    assert penalty.values() == pytest.approx(naive_penalty(history))


def test_penalty_of_endless_repetition_stays_a_float32() -> None:
    penalty = MatchPenalty()
    penalty.feed(b"a" * 2000)
    assert penalty.values().max() < np.finfo(np.float32).max


def test_wygpt_turns_away_from_repetition() -> None:
    sampler = Sampler(SamplingConfig(method="wygpt"))
    sampler.feed(b"abcabcabcab")
    logits = np.full(256, -9.0)
    logits[[ord("c"), ord("d")]] = [1.0, 0.0]
    assert sampler.pick(logits, ALL) == ord("d")


def test_draw_walks_in_byte_order() -> None:
    weights = np.zeros(256)
    weights[[3, 5, 9]] = [1.0, 2.0, 1.0]
    assert [draw(weights, u) for u in (0.0, 0.24, 0.25, 0.74, 0.75, 0.999)] == [3, 3, 5, 5, 9, 9]


def test_draw_never_falls_off_the_end() -> None:
    assert draw(np.full(256, 1 / 3), math.nextafter(1.0, 0.0)) == 255


@settings(max_examples=20)
@given(st.integers(0, 2**32))
def test_draws_follow_the_shares(seed: int) -> None:
    sampler = Sampler(SamplingConfig(method="top-p", top_p=1.0, seed=seed))
    logits = logits_of(0.5, 0.3, 0.2)
    drawn = np.bincount([sampler.pick(logits, ALL) for _ in range(600)], minlength=3) / 600
    assert drawn == pytest.approx([0.5, 0.3, 0.2], abs=0.12)


def test_one_number_is_drawn_for_each_byte_sure_or_not() -> None:
    sampler, generator = Sampler(SamplingConfig(seed=5)), SplitMix64(5)
    sampler.pick(logits_of(1.0), ALL)
    generator.uniform()
    weights = candidates(np.zeros(256), ALL, SamplingConfig())
    assert sampler.pick(np.zeros(256), ALL) == draw(weights, generator.uniform())


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_logit_that_is_no_number_is_an_error(bad: float) -> None:
    logits = np.zeros(256)
    logits[3] = bad
    with pytest.raises(KernelError, match="not finite"):
        candidates(logits, ALL, SamplingConfig())


def test_mask_without_any_byte_is_an_error() -> None:
    with pytest.raises(KernelError, match="none is allowed"):
        candidates(np.zeros(256), ~ALL, SamplingConfig())
