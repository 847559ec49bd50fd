"""The mixture with a memory: probabilities, what it gains, what it costs where it does not fit."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inference.compression.frequencies import TOTAL, power_table
from inference.compression.logarithm import BIT_TOTAL
from inference.compression.memory import Memory
from inference.compression.memory_mixture import MemoryMixture
from inference.compression.mixture import BitModel, Mixture

MakeMemory = Callable[..., Path]
EVEN = np.full(256, TOTAL // 256)
BOOK = "太阳之为病，脉浮，头项强痛而恶寒。太阳病，发热，汗出，恶风，脉缓者，名为中风。"


def cost(mixture: BitModel, data: bytes) -> float:
    """Return the bits that bytes cost; each bit's two parts are positive and all there is."""
    bits = 0.0
    for byte in data:
        mixture.begin(EVEN)
        for place in range(7, -1, -1):
            bit, one = byte >> place & 1, mixture.predict()
            assert 1 <= one < BIT_TOTAL
            bits -= math.log2((one if bit else BIT_TOTAL - one) / BIT_TOTAL)
            mixture.update(bit)
    return bits


@pytest.mark.parametrize("codec", ["gb18030", "utf-8", "utf-16-le", "utf-16-be"])
def test_what_the_memory_has_read_is_cheap(codec: str, make_memory: MakeMemory) -> None:
    memory = Memory(make_memory(BOOK, codec=codec))
    data = BOOK[10:].encode(codec)
    known = cost(MemoryMixture(power_table(), memory.index), data)
    assert known < cost(Mixture(power_table()), data) / 2


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=30))
def test_any_bytes_have_a_probability(data: bytes, make_memory: MakeMemory) -> None:
    assert cost(MemoryMixture(power_table(), Memory(make_memory(BOOK)).index), data) >= 0


def test_chance_costs_little_more_than_it_must(make_memory: MakeMemory) -> None:
    data = np.random.default_rng(0).bytes(400)
    mixture = MemoryMixture(power_table(), Memory(make_memory(BOOK)).index)
    assert cost(mixture, data) < 1.1 * 8 * 400
