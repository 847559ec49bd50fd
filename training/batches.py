"""Batches of windows: which bytes a training step sees, and how much each one counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from training.data import Bytes, Corpus
from training.errors import DataError


class Source(Protocol):
    """Anything that windows can be drawn from."""

    @property
    def name(self) -> str:
        """Name of the data in `--share`."""

    def window(self, rng: np.random.Generator, length: int) -> tuple[Bytes, NDArray[np.float32]]:
        """Return (length,) bytes and the loss weight of each; in UTF-16 whole units."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows of one step.

    A step reads S bytes: one, or two where the trunk goes in pairs.

    Attributes:
        data: (B, S (T + 1)) uint8, the inputs of T steps and, one step later, the targets.
        weights: (B, S T) float32, how much the loss of each target byte counts; below 0 it is to
            be unlearnt, see `unlikelihood.py`.
        distilled: (B,) bool, rows in which the model is to say what its teacher says, instead of
            what the text says.
    """

    data: Bytes
    weights: NDArray[np.float32]
    distilled: NDArray[np.bool_]


class BatchSampler:
    """Endless batches of random windows, each source with its share."""

    def __init__(
        self,
        sources: Sequence[Source],
        shares: Mapping[str, float],
        seed: int,
        distilled: Collection[str] = (),
        stride: int = 1,
    ) -> None:
        """Prepare to draw.

        Args:
            sources: what to draw from.
            shares: relative weight of each source by name; missing names get 0.
            seed: of the generator.
            distilled: names of the sources that are learnt from the teacher.
            stride: bytes of one step.

        Raises:
            DataError: no source has a positive share.
        """
        weights = np.array([shares.get(source.name, 0.0) for source in sources])
        if not len(sources) or weights.sum() <= 0:
            raise DataError(f"no corpus has a share: {[source.name for source in sources]}")
        self._sources = sources
        self._weights = weights / weights.sum()
        self._distilled = np.array([source.name in distilled for source in sources])
        self._rng = np.random.default_rng(seed)
        self._stride = stride

    def draw(self, rows: int, steps: int) -> Batch:
        """Return `rows` windows of `steps` inputs."""
        length = self._stride * (steps + 1)
        picks = self._rng.choice(len(self._sources), size=rows, p=self._weights)
        drawn = [self._sources[pick].window(self._rng, length) for pick in picks]
        data = np.stack([data for data, _ in drawn])
        weights = np.stack([weights[self._stride :] for _, weights in drawn])
        return Batch(data, weights, self._distilled[picks])

    def state(self) -> dict[str, object]:
        """Return the generator's state, for a checkpoint."""
        return dict(self._rng.bit_generator.state)

    def restore(self, state: Mapping[str, object]) -> None:
        """Go on from a saved state."""
        self._rng.bit_generator.state = dict(state)


@dataclass(frozen=True, slots=True)
class Measure:
    """A fixed validation set, always the same windows.

    Attributes:
        name: for reports.
        batch: the windows; targets of weight 0 are context only.
        bytes_per_character: turns bits per byte into bits per character.
    """

    name: str
    batch: Batch
    bytes_per_character: float


def measure_corpus(corpus: Corpus, rows: int, steps: int, stride: int = 1) -> Measure:
    """Spread `rows` windows of `steps` steps, or what the corpus has, evenly over a corpus."""
    text = corpus.data if len(corpus.data) >= 2 * stride else np.tile(corpus.data, 2 * stride)
    length = stride * (min(steps, len(text) // stride - 1) + 1)
    starts = np.linspace(0, (len(text) - length) // corpus.unit, rows).astype(int) * corpus.unit
    data = np.stack([text[start : start + length] for start in starts])
    weights = np.ones((rows, length - stride), np.float32)
    return Measure(corpus.name, plain_batch(data, weights), corpus.bytes_per_character)


def plain_batch(data: Bytes, weights: NDArray[np.float32]) -> Batch:
    """Return a batch that is learnt from its text."""
    return Batch(data, weights, np.zeros(len(data), np.bool_))
