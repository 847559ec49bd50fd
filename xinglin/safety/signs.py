"""Danger signs in words that no rule foresaw: a linear classifier over short pieces of text.

A softmax over the categories of `categories.py` and `none`; the features are the strings of one to
four characters that a text holds. `signs.json` has their weights, for anyone to read;
`python -m xinglin.safety.learn` made it. Judging needs no NumPy: the web process stays small.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILE = Path(__file__).parent / "signs.json"
LONGEST_PIECE = 4
_WINDOW, _STRIDE = 80, 40
_MOST_CHARACTERS = 2000


@dataclass(frozen=True, slots=True)
class Signs:
    """The classifier.

    Attributes:
        names: of the categories; the last one is `none`.
        weights: of each known piece of text, a whole number for each name.
        scale: what a step of `weights` is worth.
        bias: of each name.
        threshold: the least probability of danger that counts.
    """

    names: Sequence[str]
    weights: Mapping[str, Sequence[int]]
    scale: float
    bias: Sequence[float]
    threshold: float

    def find(self, plain: str) -> str | None:
        """Return the category of the danger that a normalized text speaks of, or None."""
        if not plain:
            return None
        name, probability = max(
            (self.judge(window) for window in windows(plain)), key=lambda found: found[1]
        )
        return name if probability >= self.threshold else None

    def judge(self, plain: str) -> tuple[str, float]:
        """Return the likeliest danger of a short normalized text and the probability of any."""
        sums = [0] * len(self.names)
        for piece in pieces(plain):
            for at, weight in enumerate(self.weights.get(piece, ())):
                sums[at] += weight
        logits = [self.scale * total + b for total, b in zip(sums, self.bias, strict=True)]
        most = max(logits)
        odds = [math.exp(logit - most) for logit in logits]
        best = max(range(len(odds) - 1), key=odds.__getitem__)
        return self.names[best], 1.0 - odds[-1] / sum(odds)


def windows(plain: str) -> Iterator[str]:
    """Yield the overlapping parts of a text that are judged, each of at most 80 characters."""
    plain = plain[:_MOST_CHARACTERS]
    yield plain[:_WINDOW]
    for start in range(_STRIDE, len(plain) - _STRIDE, _STRIDE):
        yield plain[start : start + _WINDOW]


def pieces(plain: str) -> set[str]:
    """Return the strings of one to four characters that a text holds."""
    return {
        plain[at : at + length]
        for length in range(1, LONGEST_PIECE + 1)
        for at in range(len(plain) - length + 1)
    }


@cache
def read_signs(file: Path = FILE) -> Signs:
    """Read the classifier, once.

    Raises:
        OSError, ValueError, KeyError: the file is missing or damaged; the package is broken.
    """
    found = json.loads(file.read_text(encoding="utf-8"))
    names = tuple(found["names"])
    weights = {piece: array("b", row) for piece, row in found["weights"].items()}
    if any(len(row) != len(names) for row in weights.values()):
        raise ValueError(f"{file}: a piece needs {len(names)} weights")
    return Signs(
        names, weights, float(found["scale"]), tuple(found["bias"]), float(found["threshold"])
    )
