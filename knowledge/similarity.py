"""Score of each note for a question: encoder, BM25, and for a new account the nearest sentence.

Notes that the encoder has read: cosine + 0.03 BM25 a character. An account of which it has read
nothing is scored with half the cosine of the whole note and half that of its nearest text, and
0.10 BM25 with everyday concepts: what was learned of medicine says little about a tea shop.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.bm25 import Bm25, shipped_common
from knowledge.encoder import Encoder, note_texts
from knowledge.notes import Note

_LEARNED_BM25, _FRESH_BM25 = 0.03, 0.10
_FRESH_BONUS = 0.05
_LOOKED_INTO = 48
_SENTENCE = re.compile(r"[^。！？!?；;\n]+")


class Similarity:
    """Scores all notes of an account for a question."""

    def __init__(self, notes: Sequence[Note], encoder: Encoder) -> None:
        """Index."""
        self._encoder = encoder
        self._vectors, self.learned = encoder.note_vectors(notes)
        self.fresh = not self.learned.any()
        texts = [note_texts(note) for note in notes]
        self._bm25 = Bm25(texts, shipped_common() if self.fresh else None)
        self._bonus = np.where(self.learned, 0.0, 0.0 if self.fresh else _FRESH_BONUS)
        self._ends = np.zeros(1, np.int64)
        if self.fresh:
            parts = [_parts(note) for note in notes]
            self._ends = np.cumsum([0, *map(len, parts)])
            flat = [encoder.vector(text) for one in parts for text in one]
            self._parts = np.array(flat, np.float32).reshape(-1, encoder.rows.shape[1])

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


def _parts(note: Note) -> list[str]:
    sentences = [one for answer in note.answers for one in _SENTENCE.findall(answer)]
    return list(dict.fromkeys((*note.questions, note.topic, *sentences)))
