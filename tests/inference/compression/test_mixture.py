from __future__ import annotations

import math

import numpy as np

from inference.compression.frequencies import TOTAL, power_table
from inference.compression.logarithm import BIT_TOTAL
from inference.compression.mixture import Mixture

EVEN = np.full(256, TOTAL // 256)


def cost(mixture: Mixture, data: bytes, share: np.ndarray = EVEN) -> list[float]:
    """Return the bits that each byte costs."""
    found = []
    for byte in data:
        mixture.begin(share)
        bits = 0.0
        for place in range(7, -1, -1):
            bit, one = byte >> place & 1, mixture.predict()
            assert 1 <= one < BIT_TOTAL
            bits -= math.log2((one if bit else BIT_TOTAL - one) / BIT_TOTAL)
            mixture.update(bit)
        found.append(bits)
    return found


def test_first_byte_costs_what_the_model_says() -> None:
    share = np.full(256, 1)
    share[65] = TOTAL - 255
    assert cost(Mixture(power_table()), b"A", share)[0] < 0.01
    assert cost(Mixture(power_table()), b"A")[0] == 8


def test_what_repeats_gets_cheap_and_what_changes_is_learned_again() -> None:
    bits = cost(Mixture(power_table()), b"abcdefgh" * 12 + b"hgfedcba" * 12)
    assert sum(bits[:8]) > 60
    assert sum(bits[80:96]) < 6
    assert sum(bits[-16:]) < 12


def test_chance_costs_little_more_than_it_must() -> None:
    data = np.random.default_rng(0).bytes(400)
    assert sum(cost(Mixture(power_table()), data)) < 1.1 * 8 * 400
