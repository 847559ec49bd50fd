"""A 16-bit code of our own, whose first byte is a class of characters that occur alike.

The most frequent characters are clustered by what stands before and behind them; a character's
first byte is its class, its second its rank in the class. All other 16-bit units follow by
frequency, 256 to a first byte, so that every text has a code: it is UTF-16 with its units renamed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from training.data import Corpus

UNITS: Final = 1 << 16
_CLUSTERED, _CLASSES, _CONTEXTS = 4096, 128, 512
_SAMPLE, _DIMENSIONS, _ROUNDS = 6_000_000, 48, 25

Units = NDArray[np.uint16]
Floats = NDArray[np.float32]


def learn_code(corpora: Sequence[Corpus]) -> Units:
    """Return the (65536,) new unit of each of UTF-16, learnt from the beginnings of corpora."""
    text = np.concatenate([_units(corpus)[:_SAMPLE] for corpus in corpora])
    counts = np.bincount(text, minlength=UNITS)
    by_frequency = np.argsort(-counts, kind="stable")
    frequent = by_frequency[:_CLUSTERED]
    classes = cluster(neighbours(text, frequent), counts[frequent])
    return assign(by_frequency, classes)


def recode(corpus: Corpus, code: Units) -> Corpus:
    """Return a corpus of UTF-16 (high byte first) in the code."""
    renamed = code[_units(corpus)].astype(">u2")
    return replace(corpus, data=renamed.view(np.uint8))


def assign(by_frequency: NDArray[Any], classes: NDArray[Any]) -> Units:
    """Give every unit its code.

    Args:
        by_frequency: (65536,) all units, the most frequent first.
        classes: class, below 128, of each of the first of them; at most 256 have the same.
    """
    code = np.zeros(UNITS, np.uint16)
    free = np.ones(UNITS, np.bool_)
    sizes = np.zeros(_CLASSES, np.int64)
    for unit, one in zip(by_frequency, classes, strict=False):
        code[unit] = one * 256 + sizes[one]
        free[code[unit]] = False
        sizes[one] += 1
    rest = np.flatnonzero(free)
    upper = rest >= _CLASSES * 256  # whole first bytes, before the gaps that the classes left
    code[by_frequency[len(classes) :]] = np.concatenate((rest[upper], rest[~upper]))
    return code


def neighbours(text: Units, frequent: NDArray[Any]) -> Floats:
    """Return a (K, D) vector of unit length for each frequent unit, of what stands beside it."""
    place = np.full(UNITS, len(frequent), np.int64)
    place[frequent] = np.arange(len(frequent))
    at = place[text]
    sides = []
    for here, beside in ((at[1:], at[:-1]), (at[:-1], at[1:])):
        kept = (here < len(frequent)) & (beside < _CONTEXTS)
        pairs = here[kept] * _CONTEXTS + beside[kept]
        counted = np.bincount(pairs, minlength=len(frequent) * _CONTEXTS)
        sides.append(_surprise(counted.reshape(len(frequent), _CONTEXTS).astype(np.float32)))
    table = np.concatenate(sides, axis=1)
    powers, directions = np.linalg.eigh(table.T @ table)  # of the singular values, least first
    kept = powers[: -_DIMENSIONS - 1 : -1] > 1e-3
    strongest = directions[:, : -_DIMENSIONS - 1 : -1][:, kept]
    return _unit(table @ strongest * powers[: -_DIMENSIONS - 1 : -1][kept] ** -0.25)


def cluster(vectors: Floats, weights: NDArray[Any]) -> NDArray[np.int64]:
    """Return the class of each vector: spherical k-means, no class of more than 256."""
    rng = np.random.default_rng(1)
    pull = np.sqrt(weights + 1).astype(np.float32)[:, None]
    centres = vectors[rng.choice(len(vectors), _CLASSES, replace=False)]
    for _ in range(_ROUNDS):
        nearest = (vectors @ centres.T).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, vectors * pull)
        empty = np.flatnonzero(np.abs(sums).sum(axis=1) == 0)
        sums[empty] = vectors[rng.choice(len(vectors), len(empty))]
        centres = _unit(sums)
    return _bounded(vectors @ centres.T)


def _bounded(likeness: Floats) -> NDArray[np.int64]:
    """Give each row its likeliest class that is not full yet."""
    sizes = np.zeros(likeness.shape[1], np.int64)
    found = np.zeros(len(likeness), np.int64)
    for row, order in enumerate(np.argsort(-likeness, axis=1)):
        found[row] = next(one for one in order if sizes[one] < 256)
        sizes[found[row]] += 1
    return found


def _surprise(counts: Floats) -> Floats:
    """Return the positive pointwise mutual information of a table of counts."""
    expected = counts.sum(1, keepdims=True) * counts.sum(0) / max(1.0, float(counts.sum()))
    ratio = (counts + 1e-3) / (expected + 1e-3)
    found: Floats = np.maximum(np.log(ratio), 0.0).astype(np.float32)
    return found


def _unit(rows: Floats) -> Floats:
    found: Floats = rows / (np.linalg.norm(rows, axis=1, keepdims=True) + np.float32(1e-9))
    return found


def _units(corpus: Corpus) -> Units:
    return corpus.data.view(">u2").astype(np.uint16)
