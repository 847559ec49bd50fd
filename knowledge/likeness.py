"""Likeness of questions that nothing answers: which of them ask for the same.

Half the cosine of the encoder and half that of rare pieces, in which an everyday concept
(`打烊`, `关门`) counts twice: no notes are needed, so it works for what no note is about.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from knowledge.bm25 import grams, shipped_common
from knowledge.concepts import concepts
from knowledge.encoder import shipped_rows
from xinglin.normal import normal_form

LEAST = 0.45
"""Mean likeness to a group from which a question belongs to it."""
_CONCEPT = 2.0


def groups(questions: Sequence[str], least: float = LEAST) -> list[list[int]]:
    """Return the places of questions that ask for the same, the largest group first.

    A question joins the group that it is likest to in the mean, so that a chain of half-likes does
    not tie two matters together.
    """
    found: list[list[int]] = []
    like = likeness(questions)
    for at in range(len(questions)):
        means = [float(like[at, members].mean()) for members in found]
        best = int(np.argmax(means)) if means else -1
        if best >= 0 and means[best] >= least:
            found[best].append(at)
        else:
            found.append([at])
    return sorted(found, key=lambda members: -len(members))


def likeness(questions: Sequence[str]) -> NDArray[np.float32]:
    """Return the likeness (N, N) of each two questions, 1 for the same."""
    texts = [normal_form(one).lower() for one in questions]
    encoder = shipped_rows()
    vectors = np.array([encoder.vector(text) for text in texts], np.float32)
    rare = _rare_pieces(texts)
    if not texts:
        return np.zeros((0, 0), np.float32)
    return np.asarray(0.5 * (vectors @ vectors.T) + 0.5 * (rare @ rare.T), np.float32)


def _rare_pieces(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return unit rows (N, P) of the pieces of texts, each as heavy as it is rare."""
    common = shipped_common()
    places: dict[str, int] = {}
    found = [
        {piece: places.setdefault(piece, len(places)) for piece in (*grams(text), *concepts(text))}
        for text in texts
    ]
    rows = np.zeros((len(texts), len(places)), np.float32)
    for row, pieces in zip(rows, found, strict=True):
        for piece, at in pieces.items():
            heavy = _CONCEPT if ord(piece[0]) >= 0xF0000 else 1.0
            row[at] = heavy * np.log((common.questions + 1) / (common.times(piece) + 0.5))
    rows = np.maximum(rows, 0)
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6))
