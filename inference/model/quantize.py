"""Float matrices and rows to int8, as every int8 backend stores and computes them.

Symmetric: q in [-127, 127], x = scale * q. Rounding is half to even, as `rint` and the vector
conversions of every processor do, so that the integers are the same everywhere.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.errors import ShapeError

LEVELS = 127
# A row whose largest magnitude is below this counts as zero: 127 divided by it stays finite.
SMALLEST = 1e-30


@dataclass(frozen=True, slots=True)
class QuantizedMatrix:
    """An int8 matrix with one scale per output.

    Attributes:
        weight: (O, D) int8, row-major, each in [-127, 127].
        scale: (O,) float32, the step of each row, 1/sqrt(D) multiplied in.
    """

    weight: NDArray[np.int8]
    scale: NDArray[np.float32]


def quantize_matrix(matrix: NDArray[np.float32]) -> QuantizedMatrix:
    """Quantize a checkpoint's matrix (stored undivided), one scale per output.

    Args:
        matrix: (O, D) float32.

    Returns:
        (O, D) int8 and (O,) float32 scales that include the forward pass's 1/sqrt(D).

    Raises:
        ShapeError: the array has not two axes.
    """
    if matrix.ndim != 2:
        raise ShapeError(f"a matrix has 2 axes, this array has shape {matrix.shape}")
    exact = matrix.astype(np.float64)
    step = np.abs(exact).max(axis=1, keepdims=True) / LEVELS
    step[step < SMALLEST] = 0.0
    ratio = np.divide(exact, step, out=np.zeros_like(exact), where=step > 0.0)
    weight = np.ascontiguousarray(np.rint(ratio).astype(np.int8))
    scale = (step[:, 0] / math.sqrt(matrix.shape[1])).astype(np.float32)
    return QuantizedMatrix(weight, scale)


def quantize_rows(x: NDArray[np.float32]) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Quantize activations, one scale per row (any number of leading axes).

    q = rint(x * (127 / absmax)) and scale = absmax / 127, each operation in float32; a row whose
    absmax is below 1e-30 becomes all zero with scale 0.

    Args:
        x: (..., D) float32.

    Returns:
        (..., D) int8 and (...) float32.
    """
    x = np.asarray(x, dtype=np.float32)
    largest = np.abs(x).max(axis=-1)
    zero = largest < np.float32(SMALLEST)
    safe = np.where(zero, np.float32(1.0), largest)
    inverse = np.where(zero, np.float32(0.0), np.float32(LEVELS) / safe)
    q = np.rint(x * inverse[..., None]).astype(np.int8)
    scale = np.where(zero, np.float32(0.0), largest / np.float32(LEVELS))
    return q, scale.astype(np.float32)


def linear_int8(
    x: NDArray[np.float32], weight: NDArray[np.int8], scale: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Multiply float rows by an int8 matrix that has one scale per output.

    y = float32(exact integer sum) * (x_scale * scale[o]), the last in float32.

    Args:
        x: (B, D) float32, quantized here to int8 with one scale per row.
        weight: (O, D) int8, each row in [-127, 127].
        scale: (O,) float32, the step of each row of `weight`.

    Returns:
        (B, O) float32.

    Raises:
        ShapeError: the widths D of `x` and `weight` differ.

    Source: Dettmers et al. 2022, arXiv:2208.07339, vector-wise quantization.
    """
    if x.shape[-1] != weight.shape[1]:
        raise ShapeError(f"rows are {x.shape[-1]} wide, the matrix {weight.shape[1]}")
    q, x_scale = quantize_rows(x)
    # float64 holds every sum of int8 products exactly, and NumPy multiplies it fast.
    exact = q.astype(np.float64) @ weight.T.astype(np.float64)
    return exact.astype(np.float32) * (x_scale[:, None] * scale[None, :])
