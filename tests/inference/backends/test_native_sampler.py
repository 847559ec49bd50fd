"""The native sampler against the NumPy one."""

import ctypes
import math

import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from inference.automaton import CODECS, Automaton
from inference.backends.native_library import Library, Sampling, Table, load_library
from inference.errors import ConfigError, KernelError
from inference.reference.sampler import MatchPenalty, Sampler, SplitMix64, candidates, draw
from inference.sampling import METHODS, Method, SamplingConfig

ALL = np.zeros((2, 256), np.uint8)
ANY = np.ones(256, bool)

EPS = float(np.finfo(np.float64).eps)
ROUNDING = 32 * EPS
"""How far two probabilities may differ, as a share of them. Both sides do the same operations in the
same order, only their `exp` are different ones, each right to its last place: 2 EPS. Their sum is 20
additions deep, each off by half an EPS on either side, of terms that are off by 2: 22. The division
adds 1, so 25; 32 leaves room for the terms of second order. Below the smallest normal number places
are lost, so much (TINY) is never a difference."""
TINY = float(np.finfo(np.float64).tiny)


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library()


def sample(
    library: Library,
    logits: NDArray[np.float32],
    config: SamplingConfig,
    *,
    table: NDArray[np.uint8] = ALL,
    state: int = 0,
    history: bytes = b"",
    draws: int = 0,
) -> tuple[int, NDArray[np.float64]]:
    byte, weights = ctypes.c_int32(), np.empty(256)
    options, automaton = Sampling.of(config), Table(table.ctypes.data, len(table))
    library.sample(logits, options, automaton, state, history, len(history), draws, byte, weights)
    return byte.value, weights


def peaked(seed: int, sharpness: float) -> NDArray[np.float32]:
    random = np.random.default_rng(seed)
    return (random.standard_normal(256) * sharpness).astype(np.float32)


def rounding(weights: NDArray[np.float64], method: Method) -> NDArray[np.float64]:
    """Bound of each weight's error; `wygpt` took 1/256 off, which leaves the error as it was."""
    return ROUNDING * (weights + (1 / 256 if method == "wygpt" else 0.0)) + TINY


def dialled(method: Method, seed: int, temperature: float, dial: float) -> SamplingConfig:
    return SamplingConfig(
        method=method,
        seed=seed,
        temperature=temperature,
        top_e=3 * dial,
        top_k=1 + int(255 * dial),
        top_p=min(dial, 1.0),
        min_p=min(dial, 1.0),
    )


def reached(weights: NDArray[np.float64], u: float, error: float) -> range:
    """The bytes that a draw comes to for a number within `error` of `u`."""
    low, high = max(u - error, 0.0), min(u + error, 1 - 2.0**-53)
    return range(draw(weights, low), draw(weights, high) + 1)


@pytest.mark.parametrize("method", METHODS)
@given(
    seed=st.integers(0, 2**64 - 1),
    sharpness=st.sampled_from([0.0, 0.01, 1.0, 4.0, 30.0, 900.0]),
    temperature=st.sampled_from([0.05, 0.7, 1.0, 3.0]),
    dial=st.floats(0.01, 1.0),
)
@example(seed=0, sharpness=0.01, temperature=3.0, dial=1.0)  # p - 1/256 loses ten places
def test_same_weights_and_the_same_byte(
    library: Library, method: Method, seed: int, sharpness: float, temperature: float, dial: float
) -> None:
    config = dialled(method, seed, temperature, dial)
    logits = peaked(seed % 1000, sharpness)
    expected = candidates(logits, ANY, config)
    for near in () if method == "top-k" else (dial * (1 - 1e-12), dial * (1 + 1e-12)):
        # Where the last place decides how many stay neither side is wrong.
        other = candidates(logits, ANY, dialled(method, seed, temperature, near))
        assume(((other > 0) == (expected > 0)).all())

    byte, weights = sample(library, logits, config)

    allowed = rounding(expected, method)
    assert (np.abs(weights - expected) <= allowed).all()
    error = 256 * EPS + allowed.sum() / expected.sum()
    assert byte in reached(expected, SplitMix64(seed).uniform(), error)
    assert weights[byte] > 0


@pytest.mark.parametrize("codec", CODECS)
def test_only_allowed_bytes_are_drawn(library: Library, codec: str) -> None:
    automaton = Automaton.for_codec(codec)
    for state in (0, *range(2, len(automaton.next))):
        config = SamplingConfig(top_e=math.inf, temperature=100.0, seed=state)
        _, weights = sample(library, peaked(1, 1), config, table=automaton.next, state=state)
        assert np.array_equal(weights > 0, automaton.next[state] != 255)


def test_penalty_is_that_of_the_whole_history(library: Library) -> None:
    random = np.random.default_rng(0)
    config = SamplingConfig(method="wygpt", seed=3)
    for history in (
        b"a",
        b"abcabcabcab",
        bytes(random.integers(97, 100, 400, dtype=np.uint8)),
        b"x" * 1000,  # matches beyond the longest that counts
    ):
        penalty = MatchPenalty()
        penalty.feed(history)
        byte, weights = sample(library, peaked(2, 2), config, history=history)
        expected = candidates(peaked(2, 2), np.ones(256, bool), config, penalty.values())
        assert np.allclose(weights, expected, rtol=1e-9, atol=1e-12)
        assert weights[byte] > 0


def test_draws_of_one_sequence_follow_its_generator(library: Library) -> None:
    config = SamplingConfig(top_e=math.inf, seed=2**64 - 1)
    sampler = Sampler(config)
    expected = [sampler.pick(peaked(0, 1), np.ones(256, bool)) for _ in range(50)]
    found = [sample(library, peaked(0, 1), config, draws=index)[0] for index in range(50)]
    assert found == expected


def test_ties_go_to_the_smaller_byte(library: Library) -> None:
    logits = np.zeros(256, np.float32)
    greedy, _ = sample(library, logits, SamplingConfig(top_e=0))
    _, weights = sample(library, logits, SamplingConfig(method="top-k", top_k=7))
    assert greedy == 0
    assert np.flatnonzero(weights).tolist() == list(range(7))


def test_draw_frequencies_are_the_weights(library: Library) -> None:
    config = SamplingConfig(top_e=1.0, seed=5)
    _, weights = sample(library, peaked(7, 2), config)
    drawn = [sample(library, peaked(7, 2), config, draws=i)[0] for i in range(4000)]
    shares = np.bincount(drawn, minlength=256) / len(drawn)
    assert np.abs(shares - weights / weights.sum()).max() < 0.03
    assert draw(weights, 0.0) == int(np.flatnonzero(weights)[0])


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_logit_that_is_no_number_is_an_error(library: Library, bad: float) -> None:
    logits = peaked(0, 1)
    logits[9] = bad
    with pytest.raises(KernelError):
        sample(library, logits, SamplingConfig())


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [(0, 3, 7), (1, 0, 2), (0, slice(None), 255)],
    ids=["leads outside", "the end leads outside", "a state without a way on"],
)
def test_broken_automaton_is_refused(library: Library, row: int, column: int, value: int) -> None:
    table = ALL.copy()
    table[row, column] = value
    with pytest.raises(ConfigError, match="automaton"):
        sample(library, peaked(0, 1), SamplingConfig(), table=table)


def test_option_out_of_range_is_refused(library: Library) -> None:
    config = SamplingConfig()
    object.__setattr__(config, "temperature", 0.0)
    with pytest.raises(ConfigError):
        sample(library, peaked(0, 1), config)
