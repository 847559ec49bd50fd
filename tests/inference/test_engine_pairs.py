"""Models that read pairs: odd texts, both heads, ends between two bytes."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.automaton import Automaton
from inference.backends.native import NativeBackend, NativeModel
from inference.compression.stream import compress_bytes, decompress_bytes
from inference.engine import Engine, EngineConfig, SamplingConfig
from inference.model.checkpoint import Checkpoint
from inference.reference.sampler import candidates
from inference.sampling import METHODS
from tests.inference.conftest import MIXING, PAIRS

MakeModel = Callable[..., Path]

FREE = Automaton("any", np.zeros((2, 256), np.uint8))
"""Allows every byte and never ends."""
BACKENDS = ("reference", "cpu")


def text(count: int, seed: int = 0) -> bytes:
    return np.random.default_rng(seed).integers(0, 256, count, dtype=np.uint8).tobytes()


@pytest.fixture(scope="module", params=[PAIRS, MIXING], ids=["plain", "mixing"])
def model(request: pytest.FixtureRequest, make_model: MakeModel) -> NativeModel:
    return NativeModel(Checkpoint.load(make_model(context=12, **request.param)))


@pytest.fixture(scope="module")
def backend(model: NativeModel) -> Iterator[NativeBackend]:
    backend = NativeBackend(model, EngineConfig(max_batch=8), chunk=3)
    yield backend
    backend.close()


@pytest.fixture(scope="module", params=BACKENDS)
def utf8(request: pytest.FixtureRequest, make_model: MakeModel) -> Iterator[Engine]:
    config = EngineConfig(backend=request.param)
    with Engine.open(make_model(codec="utf-8", context=64, **PAIRS), config) as engine:
        yield engine


@pytest.fixture(scope="module", params=BACKENDS)
def utf16(request: pytest.FixtureRequest, make_model: MakeModel) -> Iterator[Engine]:
    config = EngineConfig(backend=request.param)
    with Engine.open(make_model(codec="utf-16-be", context=9, **MIXING), config) as engine:
        yield engine


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6, 7, 12, 13, 23, 24, 25, 60, 61])
def test_greedy_bytes_are_the_largest_logits_of_both_heads(
    model: NativeModel, backend: NativeBackend, size: int
) -> None:
    prompt = text(size)
    handle = backend.submit(prompt, SamplingConfig(top_e=0, max_bytes=31), FREE, None)
    reply = handle.wait(1 << 30, 60).data or handle.wait(0, 0).data
    logits = model.logits(prompt + reply)
    assert reply == bytes(logits[size - 1 : -1].argmax(axis=-1).astype(np.uint8))


def test_bytes_depend_on_nobody_else_in_whatever_phase_the_others_are(model: NativeModel) -> None:
    prompts = [text(1 + 7 * i % 40, i) for i in range(40)]
    options = [
        SamplingConfig(method=METHODS[i % 5], seed=i, max_bytes=1 + 5 * i % 33) for i in range(40)
    ]
    found = set()
    for threads, max_batch, chunk in ((1, 1, 1), (1, 1, 64), (1, 40, 32), (2, 5, 3)):
        engine = NativeBackend(model, EngineConfig(threads=threads, max_batch=max_batch), chunk)
        handles = [
            engine.submit(prompt, option, FREE, None)
            for prompt, option in zip(prompts, options, strict=True)
        ]
        for handle in handles:
            handle.wait(1 << 30, 60)
        found.add(tuple(handle.wait(0, 0).data for handle in handles))
        engine.close()
    assert len(found) == 1
    assert [len(data) for data in found.pop()] == [option.max_bytes for option in options]


@pytest.mark.parametrize("prompt", ["a", "ab", "问", "问a", "a问 b"])
def test_reply_in_utf_8_is_text_after_even_and_odd_prompts(utf8: Engine, prompt: str) -> None:
    lengths = set()
    for seed in range(12):
        choice = SamplingConfig(top_e=math.inf, temperature=3.0, seed=seed, max_bytes=1 + seed)
        reply = utf8.submit(prompt.encode(), choice).result(60)
        assert reply.text.encode() == reply.data
        assert reply.prompt_bytes == len(prompt.encode())
        lengths.add(len(reply.data) % 2)
    assert lengths == {0, 1}


def test_turn_ends_after_the_first_and_after_the_second_byte_of_a_pair(utf8: Engine) -> None:
    ended = set()
    for seed in range(400):
        choice = SamplingConfig(top_e=math.inf, seed=seed, max_bytes=300)
        reply = utf8.submit(b"ab", choice).result(60)
        if reply.finish == "end":
            ended.add(len(reply.data) % 2)
        if ended == {0, 1}:
            return
    raise AssertionError(f"only {ended} was seen")


@pytest.mark.parametrize("size", [1, 2, 5, 8, 30])
def test_reply_in_utf_16_is_text(utf16: Engine, size: int) -> None:
    prompt = ("药性寒热温凉" * 6)[:size].encode("utf-16-be")
    for seed in range(4):
        choice = SamplingConfig(top_e=math.inf, temperature=2.0, seed=seed, max_bytes=15)
        reply = utf16.submit(prompt, choice).result(60)
        assert reply.text.encode("utf-16-be") == reply.data
        assert len(reply.data) % 2 == 0


def test_first_bytes_of_a_text_are_uniform_and_then_from_the_second_head(utf16: Engine) -> None:
    data = "药".encode("utf-16-be")
    first, second = utf16.score(data)
    assert first == -8.0
    logits = utf16.logits(data)[0].astype(np.float64)
    expected = (logits[data[1]] - np.logaddexp.reduce(logits)) / math.log(2)
    assert second == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("characters", [8, 9, 10, 40])
def test_long_text_is_scored_anew_from_half_a_context_of_whole_pairs(
    utf16: Engine, characters: int
) -> None:
    data = ("凡用药先辨寒热虚实" * 5)[:characters].encode("utf-16-be")
    card = utf16.checkpoint.config
    assert (card.context_bytes, card.renewed_bytes) == (18, 8)

    found = utf16.score(data)

    begin, read = 0, min(len(data), 18)
    expected = list(utf16.score(data[:read]))
    while read < len(data):
        begin, end = read - 8, min(len(data), read + 10)
        expected += list(utf16.score(data[begin:end])[8:])
        read = end
    assert found == pytest.approx(np.array(expected), abs=1e-3)


def test_surprise_is_that_of_both_heads_bytes(utf8: Engine) -> None:
    choice = SamplingConfig(temperature=0.8, seed=5, max_bytes=21)
    reply = utf8.submit(b"abc", choice).result(60)
    plain = SamplingConfig(top_e=math.inf, temperature=0.8)
    drawn = reply.data + (b"\x04" if reply.finish == "end" else b"")
    logits = utf8.logits(b"abc" + drawn)[2:-1]
    automaton, state, bits = Automaton.for_codec("utf-8"), 0, 0.0
    for row, byte in zip(logits, drawn, strict=True):
        bits -= math.log2(candidates(row, automaton.next[state] != 255, plain)[byte])
        state = int(automaton.next[state, byte])
    assert reply.nll_bits == pytest.approx(bits, rel=1e-4)


TEXTS = st.text(st.characters(codec="utf-8"), max_size=60)


@settings(max_examples=25)
@given(TEXTS)
def test_any_text_comes_back_from_the_coder(utf16: Engine, said: str) -> None:
    data = said.encode()
    assert decompress_bytes(utf16, compress_bytes(utf16, data)) == data


@settings(max_examples=25)
@given(st.binary(max_size=90))
def test_any_bytes_come_back_from_the_coder(utf8: Engine, data: bytes) -> None:
    assert decompress_bytes(utf8, compress_bytes(utf8, data, "alone")) == data


@settings(max_examples=30)
@given(st.binary(min_size=1, max_size=70), st.integers(1, 70))
def test_scores_do_not_depend_on_the_parts_that_a_text_comes_in(
    model: NativeModel, data: bytes, size: int
) -> None:
    logits = model.logits(data)
    assert np.array_equal(model.logits(data, size), logits)
    # Decoding reads byte by byte what prefill reads at once.
    assert np.array_equal(model.logits(data[:-1] + b"x", 5)[:-1], logits[:-1])
