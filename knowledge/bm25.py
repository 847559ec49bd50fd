"""BM25 over characters and pairs of characters: the plain half of the finder."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_NOT_WORD = re.compile(r"[\W_]+")
_K1, _B = 1.2, 0.75
_LONGEST = 200


def grams(text: str) -> list[str]:
    """Return the characters and pairs of a text's letters and digits."""
    plain = _NOT_WORD.sub("", text.lower())
    return [*plain, *map("".join, zip(plain, plain[1:], strict=False))]


class Bm25:
    """Scores texts for a question; k1 = 1.2, b = 0.75."""

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        """Index; each note is given as its texts."""
        self._count = len(texts)
        counts = [Counter(one for text in parts for one in grams(text)) for parts in texts]
        lengths = np.array([sum(one.values()) for one in counts], np.float32)
        mean = float(lengths.mean()) if self._count else 1.0
        norms = _K1 * (1 - _B + _B * lengths / max(mean, 1.0))
        found: dict[str, list[tuple[int, int]]] = {}
        for at, one in enumerate(counts):
            for gram, times in one.items():
                found.setdefault(gram, []).append((at, times))
        sizes = np.array([len(places) for places in found.values()], np.int64)
        pairs = np.array([pair for places in found.values() for pair in places], np.int64)
        pairs = pairs.reshape(-1, 2)
        idf = np.maximum(np.log((self._count + 1) / (sizes + 0.5)), 0.01)
        times = pairs[:, 1].astype(np.float32)
        self._docs = pairs[:, 0].astype(np.int32)
        gain = times * (_K1 + 1) / (times + norms[self._docs])
        self._gains = (np.repeat(idf, sizes) * gain).astype(np.float32)
        ends = np.cumsum(sizes)
        self._spans = {
            gram: (int(end - size), int(end))
            for gram, size, end in zip(found, sizes, ends, strict=True)
        }

    def scores(self, question: str) -> NDArray[np.float32]:
        """Return the score of each note, (N,) float32, divided by the question's length."""
        known = set(grams(question[:_LONGEST]))
        spans = [self._spans[one] for one in known if one in self._spans]
        length = max(2, len(_NOT_WORD.sub("", question[:_LONGEST])))
        if not spans:
            return np.zeros(self._count, np.float32)
        docs = np.concatenate([self._docs[start:end] for start, end in spans])
        gains = np.concatenate([self._gains[start:end] for start, end in spans])
        total = np.bincount(docs, gains, self._count)
        return (total / length).astype(np.float32)
