"""A logistic model of few numbers, by Newton's method."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def logistic(rows: Floats, right: NDArray[np.bool_], ridge: float = 0.1) -> tuple[Floats, float]:
    """Return weights (F,) and bias for rows (N, F)."""
    x = np.hstack([rows, np.ones((len(rows), 1))])
    weights = np.zeros(x.shape[1])
    keep = np.full(len(weights), ridge)
    keep[-1] = 1e-6
    for _ in range(30):
        chance = 1 / (1 + np.exp(-np.clip(x @ weights, -30, 30)))
        slope = x.T @ (chance - right) + keep * weights
        curve = (x * (chance * (1 - chance))[:, None]).T @ x + np.diag(keep)
        step = np.linalg.solve(curve, slope)
        weights -= step
        if np.abs(step).max() < 1e-6:
            break
    return weights[:-1], float(weights[-1])


def auc(good: Floats, bad: Floats) -> float:
    """Return how often a good one scores above a bad one; of equal ones half count."""
    _, place, counts = np.unique(
        np.concatenate([good, bad]), return_inverse=True, return_counts=True
    )
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    n = len(good)
    return float((ranks[:n].sum() - n * (n + 1) / 2) / (n * len(bad)))
