# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls, allow-untyped-decorators
# mypy: disable-error-code="import-not-found,import-untyped"
"""Group norm, one pass forward and one backward, and the parts that other kernels make of it.

A group is `width` numbers that lie side by side; a program holds `block` groups, each padded to
the next power of two. Arithmetic is float32, whatever is read and written. The formulas are
`training/torch/wygpt.py`'s; the backward pass computes the norm again, it is not kept. Source:
Ba et al. 2016, Layer normalization, arXiv:1607.06450; recomputed as in the layer norm of Triton's
tutorials.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

EPSILON = tl.constexpr(1e-12)
_TILE = 2048


@triton.jit
def normal(x, inside, width: tl.constexpr):
    """Return the norm of each row of (N, P) float32 `x` and the (N, 1) factor that it took."""
    centred = tl.where(inside, x - tl.sum(x, 1, keep_dims=True) / width, 0.0)
    variance = tl.sum(centred * centred, 1, keep_dims=True) / width
    factor = tl.rsqrt(variance + EPSILON)
    return centred * factor, factor


@triton.jit
def normal_backward(grad, y, factor, inside, width: tl.constexpr):
    """Return the gradient of x, where `y`, `factor` = normal(x); padding of `grad` is zero."""
    mean = tl.sum(grad, 1, keep_dims=True) / width
    along = tl.sum(grad * y, 1, keep_dims=True) / width
    return tl.where(inside, factor * (grad - mean - y * along), 0.0)


@triton.jit
def places(count, groups: tl.constexpr, width: tl.constexpr, padded: tl.constexpr,
           block: tl.constexpr):  # fmt: skip
    """Return what this program holds: (N, 1) row and group, (1, P) column, (N, P) which count."""
    at = tl.program_id(0).to(tl.int64) * block + tl.arange(0, block)[:, None]
    column = tl.arange(0, padded)[None, :]
    return at // groups, at % groups, column, (at < count) & (column < width)


@triton.jit
def norm_kernel(x, y, count, step, groups: tl.constexpr, width: tl.constexpr,
                padded: tl.constexpr, block: tl.constexpr):  # fmt: skip
    """Norm x into y (R, groups * width); rows of x lie `step` apart; `count` is R * groups."""
    row, group, column, inside = places(count, groups, width, padded, block)
    at = x + row * step + group * width + column
    found, _ = normal(tl.load(at, mask=inside, other=0.0).to(tl.float32), inside, width)
    at = (row * groups + group) * width + column
    tl.store(y + at, found.to(y.dtype.element_ty), mask=inside)


@triton.jit
def norm_backward_kernel(grad, x, out, count, groups: tl.constexpr,
                         width: tl.constexpr, padded: tl.constexpr,
                         block: tl.constexpr):  # fmt: skip
    """Write the gradient of x to `out`, from `grad`, that of norm(x); all (R, groups * width)."""
    row, group, column, inside = places(count, groups, width, padded, block)
    at = (row * groups + group) * width + column
    y, factor = normal(tl.load(x + at, mask=inside, other=0.0).to(tl.float32), inside, width)
    above = tl.load(grad + at, mask=inside, other=0.0).to(tl.float32)
    found = normal_backward(above, y, factor, inside, width)
    tl.store(out + at, found.to(out.dtype.element_ty), mask=inside)


def tiling(count: int, width: int) -> tuple[tuple[int], int, int]:
    """Return grid, padded width and groups a program, for `count` groups of `width` numbers."""
    padded = triton.next_power_of_2(width)
    block = max(1, _TILE // padded)
    return (triton.cdiv(count, block),), padded, block


def norm_forward(x: Tensor, groups: int, width: int) -> Tensor:
    """Normalise the first `groups` groups of `width` numbers of each row.

    Args:
        x: (..., N) contiguous, N at least groups * width.
        groups: of each row.
        width: of each group.

    Returns:
        (..., groups * width), of x's dtype.
    """
    y = x.new_empty((*x.shape[:-1], groups * width))
    if count := y.numel() // width:
        grid, padded, block = tiling(count, width)
        norm_kernel[grid](x, y, count, x.shape[-1], groups, width, padded, block)
    return y


def norm_backward(grad: Tensor, x: Tensor, groups: int) -> Tensor:
    """Return the gradient of `x` from `grad`, that of its norm; all of one contiguous shape."""
    out = torch.empty_like(x)
    width = x.shape[-1] // groups
    if count := x.numel() // width:
        grid, padded, block = tiling(count, width)
        norm_backward_kernel[grid](grad, x, out, count, groups, width, padded, block)
    return out
