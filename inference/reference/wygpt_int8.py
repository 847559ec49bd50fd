"""The int8 arithmetic in NumPy: what the native kernels compute, and what it costs in quality.

Every integer is exact, so a kernel can be held against it bit by bit; the float parts between
are float32, as in the kernels. Slow on purpose: for tests and measurements.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from inference.model.checkpoint import Checkpoint
from inference.model.quantize import linear_int8, quantize_matrix, quantize_rows
from inference.reference.wygpt import Array, Ring, Wygpt

WEIGHT_LEVELS = 16383
"""Steps of an attention weight: a product with an int8 value still fits a 32-bit sum."""


class WygptInt8(Wygpt):
    """`Wygpt` with int8 weights, linear inputs, keys, queries and values.

    A weight row has one scale; a linear's input row has one; a key, a query and a value have one
    for each position and head. Attention's weights, times their values' scales, have 14 bits.
    """

    def __init__(self, checkpoint: Checkpoint) -> None:
        """Quantize the weights of a loaded model."""
        super().__init__(checkpoint, np.float32)

    def new_ring(self) -> Ring:
        """Return the empty context: key and value integers, then their scales."""
        return self._ring(self.head_width, self.head_width, 1, 1)

    def _prepare(self, matrices: dict[str, NDArray[np.float32]]) -> None:
        self._quantized = {name: quantize_matrix(matrix) for name, matrix in matrices.items()}

    def _linear(self, name: str, x: Array) -> Array:
        matrix = self._quantized[name]
        return linear_int8(x, matrix.weight, matrix.scale)

    def _store(self, ring: Ring, layer: int, key: Array, value: Array) -> None:
        span = slice(ring.end, ring.end + key.shape[1])
        for part, vector in enumerate((key, value)):
            integers, scale = quantize_rows(vector)
            ring.arrays[part][layer, :, span] = integers
            ring.arrays[2 + part][layer, :, span, 0] = scale

    def _scores(self, ring: Ring, layer: int, query: Array, first: int, last: int) -> Array:
        integers, scale = quantize_rows(query)
        key = ring.arrays[0][layer, :, first:last].astype(np.float64)
        key_scale = ring.arrays[2][layer, :, first:last, 0]
        exact = integers.astype(np.float64) @ key.transpose(0, 2, 1)
        both = scale[:, :, None] * key_scale[:, None, :]
        return exact.astype(np.float32) * both * np.float32(1.0 / math.sqrt(self.head_width))

    def _mix(self, ring: Ring, layer: int, weights: Array, first: int, last: int) -> Array:
        scaled = weights * ring.arrays[3][layer, :, first:last, 0][:, None, :]
        unit = scaled.max(axis=-1, keepdims=True) / np.float32(WEIGHT_LEVELS)
        mixed: Array = (np.rint(scaled / unit) @ ring.arrays[1][layer, :, first:last]) * unit
        return mixed
