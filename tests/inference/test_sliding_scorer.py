"""Texts longer than the context are read in windows that begin empty, as models are trained."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.sliding_scorer import SlidingScorer


class RecordingScorer:
    """Scores each byte with how many bytes it was given before it."""

    opened = 0

    def __init__(self) -> None:
        type(self).opened += 1
        self.read = b""
        self.closed = False

    def feed(self, data: bytes) -> NDArray[np.float32]:
        assert not self.closed
        scores = np.arange(len(self.read), len(self.read) + len(data), dtype=np.float32)
        self.read += data
        return scores

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("parts", [[100], [1] * 100, [7, 0, 16, 77], [15, 1, 84]])
def test_every_byte_has_at_least_half_a_context_before_it_and_never_more_than_a_whole(
    parts: list[int],
) -> None:
    RecordingScorer.opened = 0
    scorer = SlidingScorer(RecordingScorer, 16)
    data, at, scores = bytes(range(100)), 0, []

    for size in parts:
        scores.append(scorer.feed(data[at : at + size]))
        at += size
    scorer.close()

    before = np.concatenate(scores)
    assert before[:16].tolist() == list(range(16))
    assert before[16:].min() == 8
    assert before.max() == 15
    assert RecordingScorer.opened == 1 + -(-(100 - 16) // 8)


def test_nothing_gives_nothing() -> None:
    assert SlidingScorer(RecordingScorer, 4).feed(b"").shape == (0,)


def test_a_context_of_one_byte_works() -> None:
    assert SlidingScorer(RecordingScorer, 1).feed(b"abc").tolist() == [0, 0, 0]
