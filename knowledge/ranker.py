"""A small ranker of drafts that passed the check: a logistic model learnt from followers' votes.

It says how likely a follower is pleased, from a few numbers of a draft and from hashed pairs of
characters: those of the draft alone, and those of the draft with those of the question.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.errors import KnowledgeError
from xinglin.normal import written

Floats = NDArray[np.float64]
FEATURES = 1
"""Version of `features`; a ranker of another one is refused."""
NAMED = ("bits", "coverage", "mended", "length")
BUCKETS = 128
SIZE = len(NAMED) + 2 * BUCKETS
_ASKED, _SAID = 24, 160
_NOT_WORD = re.compile(r"[\W_]+")
_SPREAD_ASKED, _SPREAD_SAID = np.uint64(0x9E3779B1), np.uint64(0x85EBCA77)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A draft that may be shown.

    Attributes:
        text: of it.
        bits: surprise of the model, in bits a character.
        coverage: share of it that stands in the evidence.
        mended: a slip of copying was set right.
    """

    text: str
    bits: float
    coverage: float
    mended: bool = False


@dataclass(frozen=True, slots=True)
class Ranker:
    """Weights of a version.

    Attributes:
        number: of the version; 0 before it is published.
        means, scales: of the named numbers, (len(NAMED),) each.
        weights: (SIZE,) for the named numbers, then both kinds of buckets.
        bias: added to the sum.
    """

    number: int
    means: tuple[float, ...]
    scales: tuple[float, ...]
    weights: tuple[float, ...]
    bias: float

    @classmethod
    def of_fields(cls, number: int, found: Mapping[str, Any]) -> Ranker:
        """Return the ranker of a published version.

        Raises:
            KnowledgeError: its features are not those of this program, or it is damaged.
        """
        if found.get("features") != FEATURES:
            raise KnowledgeError(
                f"ranker {number} was learnt with other features than this version of Xinglin has;"
                " train it again: xinglin feedback train"
            )
        try:
            means, scales, weights = (
                tuple(float(one) for one in found[name]) for name in ("means", "scales", "weights")
            )
            sizes = len(means), len(scales), len(weights)
            numbers = [*means, *scales, *weights, float(found["bias"])]
            if sizes != (len(NAMED), len(NAMED), SIZE) or not all(map(math.isfinite, numbers)):
                raise ValueError("of another shape")
            return cls(number, means, scales, weights, float(found["bias"]))
        except (KeyError, TypeError, ValueError) as error:
            raise KnowledgeError(
                f"ranker {number} in Redis is damaged; go back to another: xinglin feedback"
                " rollback"
            ) from error

    def fields(self) -> dict[str, Any]:
        """Return what is published of it."""
        return asdict(self) | {"features": FEATURES}

    def score(self, question: str, one: Candidate) -> float:
        """Return the log odds that a follower is pleased with a draft."""
        row = scaled(features(question, one)[None], np.array(self.means), np.array(self.scales))
        return float(row[0] @ np.array(self.weights)) + self.bias


def features(question: str, one: Candidate) -> Floats:
    """Return (SIZE,) numbers of a draft; the named ones are not scaled yet."""
    asked, said = _pieces(question, _ASKED), _pieces(one.text, _SAID)
    named = [min(one.bits, 16.0), one.coverage, float(one.mended), math.log1p(len(one.text))]
    crossed = asked[:, None] * _SPREAD_ASKED ^ said[None, :] * _SPREAD_SAID
    return np.concatenate([named, _counted(said), _counted(crossed.ravel() >> np.uint64(13))])


def scaled(rows: Floats, means: Floats, scales: Floats) -> Floats:
    """Return rows (N, SIZE) with the named numbers of about the same size."""
    found = rows.copy()
    found[:, : len(NAMED)] = (found[:, : len(NAMED)] - means) / scales
    return found


def bucket_of(pair: str) -> int:
    """Return the number of the feature that a pair of characters of a draft counts in."""
    return len(NAMED) + zlib.crc32(pair.encode()) % BUCKETS


def pairs_of(text: str) -> list[str]:
    """Return the pairs of characters of a text, in its normal form."""
    plain = _NOT_WORD.sub("", written(text)[: 2 * _SAID])
    return [a + b for a, b in pairwise(plain)]


def _pieces(text: str, most: int) -> NDArray[np.uint64]:
    found = [zlib.crc32(pair.encode()) for pair in pairs_of(text)[:most]]
    return np.array(found, np.uint64)


def _counted(pieces: NDArray[np.uint64]) -> Floats:
    """Return (BUCKETS,) counts of length 1, so that long texts weigh no more."""
    counts = np.bincount((pieces % np.uint64(BUCKETS)).astype(np.int64), minlength=BUCKETS)
    return counts / max(1.0, float(np.linalg.norm(counts)))
