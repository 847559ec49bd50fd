"""Counting in bits that were packed by the library, through memories of two characters."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from inference.compression.memory import Memory
from inference.compression.packed_bits import BLOCK_BITS, GROUP_BITS, group_count

MakeMemory = Callable[..., Path]


def test_groups_reach_to_the_end() -> None:
    assert [group_count(n) for n in (0, 1, GROUP_BITS - 1, GROUP_BITS)] == [1, 1, 1, 2]


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.97])
def test_ones_grow_by_single_bits_to_the_number_of_the_character(
    share: float, make_memory: MakeMemory
) -> None:
    ones = np.random.default_rng(0).random(3 * GROUP_BITS + 5) < share
    text = "".join("ab"[bit] for bit in ones.astype(int))
    index = Memory(make_memory(text, codec="utf-8")).index
    node = next(node for node in index.nodes if index.codes[node.split] >> 24 == ord("b"))

    counts = [index.ones(node, i) for i in range(len(text) + 1)]

    assert (counts[0], counts[-1]) == (0, int(ones.sum()))
    assert set(np.diff(counts).tolist()) == {0, 1}
    assert any(
        counts[i + BLOCK_BITS] - counts[i] not in {0, BLOCK_BITS} for i in range(len(ones) - 63)
    )
