"""BM25 over characters, pairs of characters and everyday concepts: the plain half of the finder."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from knowledge.concepts import concepts

_NOT_WORD = re.compile(r"[\W_]+")
_K1, _B = 1.2, 0.75
_LONGEST = 200
_BUCKETS = 1 << 16
COMMON = Path(__file__).parent / "data" / "common.safetensors"


@dataclass(frozen=True, slots=True)
class Common:
    """How common pieces are in what people ask.

    Attributes:
        counts: (BUCKETS,) uint32, questions that hold a piece, by its hash.
        questions: how many were counted.
    """

    counts: NDArray[np.uint32]
    questions: int

    def times(self, piece: str) -> int:
        """Return in how many questions a piece stands."""
        return int(self.counts[zlib.crc32(piece.encode("utf-8", "replace")) % _BUCKETS])


def count_common(questions: Sequence[str]) -> Common:
    """Count the pieces of questions."""
    counts = np.zeros(_BUCKETS, np.uint32)
    for question in questions:
        for piece in set(grams(question)):
            counts[zlib.crc32(piece.encode("utf-8", "replace")) % _BUCKETS] += 1
    return Common(counts, len(questions))


def save_common(common: Common) -> None:
    """Write the counts that come with the package."""
    total = np.array([common.questions], np.uint32)
    save_file({"counts": common.counts, "questions": total}, COMMON)


@cache
def shipped_common() -> Common:
    """Return the counts that come with the package, read once."""
    tensors = load_file(COMMON)
    return Common(tensors["counts"], int(tensors["questions"][0]))


def grams(text: str) -> list[str]:
    """Return the characters and pairs of a text's letters and digits."""
    plain = _NOT_WORD.sub("", text.lower())
    return [*plain, *map("".join, pairwise(plain))]


class Bm25:
    """Scores texts for a question; k1 = 1.2, b = 0.75."""

    def __init__(self, texts: Sequence[Sequence[str]], common: Common | None = None) -> None:
        """Index.

        Args:
            texts: each note's texts.
            common: for a small account, whose own notes do not show which words are common; its
                everyday words then count by concept too. None: the notes show it.
        """
        self._count, self._everyday = len(texts), common is not None
        counts = [Counter(one for text in parts for one in self._pieces(text)) for parts in texts]
        lengths = np.array([sum(one.values()) for one in counts], np.float32)
        mean = float(lengths.mean()) if self._count else 1.0
        norms = _K1 * (1 - _B + _B * lengths / max(mean, 1.0))
        found: dict[str, list[tuple[int, int]]] = {}
        for at, one in enumerate(counts):
            for piece, times in one.items():
                found.setdefault(piece, []).append((at, times))
        sizes = np.array([len(places) for places in found.values()], np.int64)
        pairs = np.array([pair for places in found.values() for pair in places], np.int64)
        pairs = pairs.reshape(-1, 2)
        seen, total = sizes.astype(np.float64), self._count
        if common is not None:
            seen = seen + np.array([common.times(piece) for piece in found], np.float64)
            total += common.questions
        idf = np.maximum(np.log((total + 1) / (seen + 0.5)), 0.01)
        often = pairs[:, 1].astype(np.float32)
        self._docs = pairs[:, 0].astype(np.int32)
        gain = often * (_K1 + 1) / (often + norms[self._docs])
        self._gains = (np.repeat(idf, sizes) * gain).astype(np.float32)
        ends = np.cumsum(sizes)
        self._spans = {
            piece: (int(end - size), int(end))
            for piece, size, end in zip(found, sizes, ends, strict=True)
        }

    def scores(self, question: str) -> NDArray[np.float32]:
        """Return the score of each note, (N,) float32, divided by the question's length."""
        question = question[:_LONGEST]
        spans = [self._spans[one] for one in set(self._pieces(question)) if one in self._spans]
        if not spans:
            return np.zeros(self._count, np.float32)
        docs = np.concatenate([self._docs[start:end] for start, end in spans])
        gains = np.concatenate([self._gains[start:end] for start, end in spans])
        total = np.bincount(docs, gains, self._count)
        return (total / max(2, len(_NOT_WORD.sub("", question)))).astype(np.float32)

    def _pieces(self, text: str) -> list[str]:
        return [*grams(text), *concepts(text.lower())] if self._everyday else grams(text)
