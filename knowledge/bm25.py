"""BM25 over characters, pairs of characters and everyday concepts: the plain half of the finder."""

from __future__ import annotations

import re
import zlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load_file, save_file

from knowledge.concepts import concepts
from knowledge.keys import packed, places

_NOT_WORD = re.compile(r"[\W_]+")
_K1, _B = 1.2, 0.75
_LONGEST = 200
_BUCKETS = 1 << 16
COMMON = Path(__file__).parent / "data" / "common.safetensors"


@dataclass(frozen=True, slots=True)
class Common:
    """Frequencies of pieces in what people ask.

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

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take an index.

        Args:
            arrays: of `index_texts`; nothing is copied.
        """
        self._keys, self._ends = arrays["keys"], arrays["ends"]
        self._docs, self._gains = arrays["docs"], arrays["gains"]
        self._count, self._everyday = (int(one) for one in arrays["shape"])

    def scores(self, question: str) -> NDArray[np.float32]:
        """Return the score of each note, (N,) float32, divided by the question's length."""
        question = question[:_LONGEST]
        pieces = _pieces(question, everyday=bool(self._everyday))
        found = places(self._keys, map(packed, set(pieces)))
        if not len(found):
            return np.zeros(self._count, np.float32)
        spans = [(self._ends[at], self._ends[at + 1]) for at in found]
        docs = np.concatenate([self._docs[start:end] for start, end in spans])
        gains = np.concatenate([self._gains[start:end] for start, end in spans])
        total = np.bincount(docs, gains, self._count)
        return (total / max(2, len(_NOT_WORD.sub("", question)))).astype(np.float32)


def index_texts(
    texts: Sequence[Sequence[str]], common: Common | None = None
) -> dict[str, NDArray[Any]]:
    """Return the index of some notes.

    Args:
        texts: each note's texts.
        common: for a small account, whose own notes do not show which words are common; its
            everyday words then count by concept too. None: the notes show it.

    Returns:
        keys (K,) uint64 of the pieces, sorted; ends (K + 1,) int32 of their postings; docs (P,)
        uint16 and gains (P,) float32 of each posting; shape (2,) int64: notes, everyday or not.
    """
    everyday = common is not None
    counts = [Counter(p for t in parts for p in _pieces(t, everyday=everyday)) for parts in texts]
    lengths = np.array([sum(one.values()) for one in counts], np.float32)
    mean = float(lengths.mean()) if counts else 1.0
    norms = _K1 * (1 - _B + _B * lengths / max(mean, 1.0))
    found: dict[str, list[tuple[int, int]]] = {}
    for at, one in enumerate(counts):
        for piece, times in one.items():
            found.setdefault(piece, []).append((at, times))
    pieces = sorted(found, key=packed)
    sizes = np.array([len(found[piece]) for piece in pieces], np.int64)
    pairs = np.array([pair for piece in pieces for pair in found[piece]], np.int64).reshape(-1, 2)
    docs, often = pairs[:, 0], pairs[:, 1].astype(np.float32)
    gain = often * (_K1 + 1) / (often + norms[docs])
    return {
        "keys": np.array([packed(piece) for piece in pieces], np.uint64),
        "ends": np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32),
        "docs": docs.astype(np.uint16),
        "gains": (np.repeat(_rarity(pieces, sizes, len(counts), common), sizes) * gain).astype(
            np.float32
        ),
        "shape": np.array([len(counts), everyday], np.int64),
    }


def _rarity(
    pieces: Sequence[str], sizes: NDArray[np.int64], total: int, common: Common | None
) -> NDArray[np.float64]:
    seen = sizes.astype(np.float64)
    if common is not None:
        seen = seen + np.array([common.times(piece) for piece in pieces], np.float64)
        total += common.questions
    return np.asarray(np.maximum(np.log((total + 1) / (seen + 0.5)), 0.01))


def _pieces(text: str, *, everyday: bool) -> list[str]:
    return [*grams(text), *concepts(text.lower())] if everyday else grams(text)
