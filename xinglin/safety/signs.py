"""Danger signs in words that no rule foresaw: a linear classifier over short pieces of text.

A softmax over the categories of `categories.py`, `prescription` and `none`. The features are the
strings of one to four characters that a message holds, the runs of two to four syllables (`~zi sha`;
so pinyin and wrong homophones count), the runs of one to three Latin words (`_kill myself`), and
the concepts of `concepts.py` with the pairs of them (`@child>take`).
`signs.json` has their weights, for anyone to read; `python -m xinglin.safety.learn` made it. Judging
needs no NumPy: the web process stays small.
"""

from __future__ import annotations

import json
import math
from array import array
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from xinglin.safety.concepts import concept_features
from xinglin.safety.hearing import Token

FILE = Path(__file__).parent / "signs.json"
LONGEST_PIECE = 4
_LONGEST_PHRASE = 3
_STEM = 5
_WINDOW, _STRIDE = 32, 16


@dataclass(frozen=True, slots=True)
class Signs:
    """The classifier.

    Attributes:
        names: of the categories; the last one is `none`.
        weights: of each known piece of text, a whole number for each name.
        scale: what a step of `weights` is worth.
        bias: of each name.
        threshold: the least probability of anything but `none` that counts.
    """

    names: Sequence[str]
    weights: Mapping[str, Sequence[int]]
    scale: float
    bias: Sequence[float]
    threshold: float

    def find(self, tokens: Sequence[Token]) -> str | None:
        """Return the category of the danger that a message speaks of, or None."""
        name, probability = self.likeliest(tokens)
        return name if probability >= self.threshold else None

    def likeliest(self, tokens: Sequence[Token]) -> tuple[str, float]:
        """Return the likeliest danger of a message and the probability of any in one window."""
        if not tokens:
            return self.names[0], 0.0
        return max((self.judge(window) for window in windows(tokens)), key=lambda found: found[1])

    def judge(self, tokens: Sequence[Token]) -> tuple[str, float]:
        """Return the likeliest danger of a short message and the probability of any."""
        held, known = pieces(tokens), self.weights
        rows = [known[piece] for piece in held if piece in known]
        sums = [sum(column) for column in zip(*rows, strict=True)] if rows else [0] * len(self.bias)
        scale = self.scale * share_of(held)
        logits = [scale * total + b for total, b in zip(sums, self.bias, strict=True)]
        most = max(logits)
        odds = [math.exp(logit - most) for logit in logits]
        best = max(range(len(odds) - 1), key=odds.__getitem__)
        return self.names[best], 1.0 - odds[-1] / sum(odds)


def windows(tokens: Sequence[Token]) -> Iterator[Sequence[Token]]:
    """Yield the overlapping parts of a message that are judged, each of at most 32 tokens."""
    yield tokens[:_WINDOW]
    for start in range(_STRIDE, len(tokens) - _STRIDE, _STRIDE):
        yield tokens[start : start + _WINDOW]


def pieces(tokens: Sequence[Token]) -> set[str]:
    """Return the features that a message holds."""
    found: set[str] = set()
    for run in "".join(token.character or " " for token in tokens).split():
        for length in range(1, LONGEST_PIECE + 1):
            found.update(run[at : at + length] for at in range(len(run) - length + 1))
    sounds = [token.sound for token in tokens if token.sound]
    pairs = [f"~{one} {two}" for one, two in pairwise(sounds)]
    found.update(pairs)
    found.update(f"{pair} {three}" for pair, three in zip(pairs, sounds[2:], strict=False))
    words = [token.word for token in tokens if token.word]
    if words:
        found.update(_phrases(words))
    return found | concept_features(tokens)


def share_of(held: Collection[str]) -> float:
    """Return what each piece of a message counts, so that short and long ones weigh alike.

    Concepts come on top of the words that they are found in.
    """
    return 1.0 / math.sqrt(sum(piece[0] != "@" for piece in held) or 1)


def _phrases(words: Sequence[str]) -> Iterator[str]:
    for length in range(1, _LONGEST_PHRASE + 1):
        for at in range(len(words) - length + 1):
            yield f"_{' '.join(words[at : at + length])}"
    yield from (f"_{word[:_STEM]}*" for word in words if len(word) > _STEM)


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
