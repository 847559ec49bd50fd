"""Score of each note for a question: encoder, BM25, and for a new account the nearest sentence.

Notes that the encoder has read: cosine + 0.03 BM25 a character. An account of which it has read
nothing is scored with half the cosine of the whole note and half that of its nearest text, and
0.10 BM25 with everyday concepts: what was learned of medicine says little about a tea shop.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.bm25 import Bm25, index_texts, shipped_common
from knowledge.encoder import Encoder, note_texts
from knowledge.notes import Note

_LEARNED_BM25, _FRESH_BM25 = 0.03, 0.10
_FRESH_BONUS = 0.05
_LOOKED_INTO = 48
_SENTENCE = re.compile(r"[^。！？!?；;\n]+")


class Similarity:
    """Scores all notes of an account for a question."""

    def __init__(self, arrays: Mapping[str, NDArray[Any]], encoder: Encoder) -> None:
        """Take an index.

        Args:
            arrays: of `index_notes`; nothing is copied.
            encoder: that made them.
        """
        self._encoder = encoder
        self._vectors, learned = arrays["vectors"], arrays["learned"]
        self.fresh = not learned.any()
        self._bm25 = Bm25(_below(arrays, "bm25"))
        self._bonus = np.where(learned, 0.0, 0.0 if self.fresh else _FRESH_BONUS)
        self._ends, self._parts = arrays["ends"], arrays["parts"]

    def scores(self, text: str) -> NDArray[np.float64]:
        """Return the score of each note for a normal text, (N,)."""
        vector = self._encoder.vector(text)
        # Not by BLAS: its threads cost a worker more than so short a product takes.
        cosines = np.einsum("nd,d->n", self._vectors, vector)
        bm25 = self._bm25.scores(text)
        if not self.fresh:
            return np.asarray(cosines + _LEARNED_BM25 * bm25 + self._bonus, np.float64)
        scores = np.asarray(0.5 * cosines + _FRESH_BM25 * bm25, np.float64)
        most = min(_LOOKED_INTO, len(scores))
        for at in np.argpartition(-scores, most - 1)[:most] if most else ():
            part = self._parts[self._ends[at] : self._ends[at + 1]]
            scores[at] += 0.5 * float((part @ vector).max())
        return scores


def index_notes(notes: Sequence[Note], encoder: Encoder) -> dict[str, NDArray[Any]]:
    """Return the index of an account's notes.

    Returns:
        vectors (N, D) float32 and learned (N,) bool; for an account of which nothing was learned
        parts (P, D) float32, of which ends (N + 1,) int64 says whose they are; and those of BM25.
    """
    vectors, learned = encoder.note_vectors(notes)
    fresh = not learned.any()
    texts = [note_texts(note) for note in notes]
    parts = [_parts(note) if fresh else [] for note in notes]
    flat = [encoder.vector(text) for one in parts for text in one]
    found = {
        "vectors": vectors,
        "learned": learned,
        "ends": np.cumsum([0, *map(len, parts)]),
        "parts": np.array(flat, np.float32).reshape(-1, encoder.rows.shape[1]),
    }
    bm25 = index_texts(texts, shipped_common() if fresh else None)
    return found | {f"bm25.{name}": one for name, one in bm25.items()}


def _below(arrays: Mapping[str, NDArray[Any]], name: str) -> dict[str, NDArray[Any]]:
    start = f"{name}."
    return {key.removeprefix(start): one for key, one in arrays.items() if key.startswith(start)}


def _parts(note: Note) -> list[str]:
    sentences = [one for answer in note.answers for one in _SENTENCE.findall(answer)]
    return list(dict.fromkeys((*note.questions, note.topic, *sentences)))
