"""Cost of a variant's step beside the base's, measured in turns.

A shared machine is now faster and now slower, in processor time too (memory and caches are
shared). A ratio of steps that took turns hardly feels it, and a budget in bytes that follows from
the ratio makes a run that gives the same bits when it is run again.
"""

from __future__ import annotations

import time
from statistics import median
from typing import Final

import numpy as np

from training.batches import BatchSampler
from training.core import Rates
from training.native import NativeCore
from training.shape import initial_tensors
from training.trainer import Task

_ROUNDS: Final = 7
_RATES: Final = Rates(0.001, 0.001)


class _Pace:
    """Steps of one task that are not kept."""

    def __init__(self, task: Task) -> None:
        config, shape = task.config, task.shape
        self._core = NativeCore(shape, initial_tensors(shape, 1))
        self._length = config.curriculum[0][1]
        self._rows = max(1, config.batch_bytes // (self._length * shape.step_bytes))
        self._bytes = self._rows * self._length * shape.step_bytes
        self._sampler = BatchSampler(task.train, config.shares, 1, stride=shape.step_bytes)

    def seconds_a_byte(self, least: int) -> float:
        """Return the processor time a byte over `least` bytes or a little more."""
        began, seen = time.process_time(), 0
        while seen < least:
            self._core.step(self._sampler.draw(self._rows, self._length), _RATES)
            seen += self._bytes
        return (time.process_time() - began) / seen


def cost_ratio(task: Task, base: Task) -> float:
    """Return how many times as much processor time a byte costs `task` as `base`."""
    if (task.shape, task.config.batch_bytes, task.config.curriculum) == (
        base.shape,
        base.config.batch_bytes,
        base.config.curriculum,
    ):
        return 1.0
    one, other = _Pace(task), _Pace(base)
    least = max(task.config.batch_bytes, base.config.batch_bytes)
    ratios = [one.seconds_a_byte(least) / other.seconds_a_byte(least) for _ in range(_ROUNDS)]
    return float(np.round(median(ratios[1:]), 3))
