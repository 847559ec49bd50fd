"""Unlikelihood: the bytes of a mistake are made less likely, the less the rarer they are already.

A weight below 0 asks for the gradient of -log(1 - p) of a byte (Welleck et al., "Neural Text
Generation with Unlikelihood Training", 2020), which is that of its log p times p / (1 - p). So a
byte that the model no longer says moves nothing; log p alone would push it down without end.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.batches import Batch
from training.core import TrainerCore

_SURE = 0.5
"""From this probability on the factor stays 1: one byte that is sure must not rule a step."""


def unlikely(core: TrainerCore, batch: Batch, reach: int | None = None) -> Batch:
    """Return a batch whose weights below 0 are scaled as unlikelihood asks; others as they are.

    Args:
        core: whose probabilities count.
        batch: to be learnt.
        reach: as in `TrainerCore.losses`.
    """
    wrong = batch.weights < 0
    if not wrong.any():
        return batch
    rows = wrong.any(axis=1)
    some = Batch(batch.data[rows], batch.weights[rows], batch.distilled[rows])
    chances = np.exp(-core.losses(some, reach))
    factors = np.minimum(chances, _SURE) / (1.0 - np.minimum(chances, _SURE))
    weights = batch.weights.copy()
    weights[rows] = np.where(wrong[rows], some.weights * factors, some.weights)
    return replace(batch, weights=weights.astype(np.float32))
