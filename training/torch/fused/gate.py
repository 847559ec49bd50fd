# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls, allow-untyped-decorators
# mypy: disable-error-code="import-not-found,import-untyped"
"""The gate norm(norm(z1) * norm(z2)) of the model, one pass forward and one backward.

Only z is kept; the backward pass computes the three norms again. Attention ends in
norm(mixed * norm(z4)), whose backward pass is the same kernel with a first factor as it is.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from training.torch.fused.norm import normal, normal_backward, places, tiling


@triton.jit
def gate_kernel(z, y, count, heads: tl.constexpr, width: tl.constexpr,
                padded: tl.constexpr, block: tl.constexpr):  # fmt: skip
    """Gate the halves of z (R, 2E) into y (R, E); `count` is R * heads."""
    row, head, column, inside = places(count, heads, width, padded, block)
    at = (row * 2 * heads + head) * width + column
    first = tl.load(z + at, mask=inside, other=0.0).to(tl.float32)
    second = tl.load(z + at + heads * width, mask=inside, other=0.0).to(tl.float32)
    first, _ = normal(first, inside, width)
    second, _ = normal(second, inside, width)
    found, _ = normal(first * second, inside, width)
    at = (row * heads + head) * width + column
    tl.store(y + at, found.to(y.dtype.element_ty), mask=inside)


@triton.jit
def gate_backward_kernel(grad, first, second, first_grad, second_grad, delta,
                         count, first_step, second_step, first_grad_step, attends: tl.constexpr,
                         heads: tl.constexpr, width: tl.constexpr, padded: tl.constexpr,
                         block: tl.constexpr):  # fmt: skip
    """Gradients of both factors, from `grad` (R, E), that of the gate.

    A factor's rows lie `..._step` numbers apart, and those of the second's gradient as its own.
    Where the gate `attends`, the first factor is what attention found and is not normed, and
    delta (R, heads) becomes the sums of first * first_grad, which attention's own backward pass
    needs: about 0, as a norm sees no scale, but not where it is the epsilon that counts.
    """
    row, head, column, inside = places(count, heads, width, padded, block)
    part = head * width + column
    a = tl.load(first + row * first_step + part, mask=inside, other=0.0).to(tl.float32)
    b = tl.load(second + row * second_step + part, mask=inside, other=0.0).to(tl.float32)
    above = tl.load(grad + row * heads * width + part, mask=inside, other=0.0).to(tl.float32)
    b, b_factor = normal(b, inside, width)
    if attends:
        y, factor = normal(a * b, inside, width)
        product = normal_backward(above, y, factor, inside, width)
        # Rounded as attention will read it, so that its gradients of a row's scores add up to 0.
        found = (product * b).to(first_grad.dtype.element_ty)
        total = tl.sum(found.to(tl.float32) * a, 1, keep_dims=True)
        group = row * heads + head
        tl.store(delta + group, total, mask=group < count)
    else:
        a, a_factor = normal(a, inside, width)
        y, factor = normal(a * b, inside, width)
        product = normal_backward(above, y, factor, inside, width)
        found = normal_backward(product * b, a, a_factor, inside, width)
        found = found.to(first_grad.dtype.element_ty)
    tl.store(first_grad + row * first_grad_step + part, found, mask=inside)
    found = normal_backward(product * a, b, b_factor, inside, width)
    found = found.to(second_grad.dtype.element_ty)
    tl.store(second_grad + row * second_step + part, found, mask=inside)


def gate_forward(z: Tensor, heads: int) -> Tensor:
    """Gate contiguous (..., 2E) to (..., E)."""
    y = z.new_empty((*z.shape[:-1], z.shape[-1] // 2))
    width = y.shape[-1] // heads
    if count := y.numel() // width:
        grid, padded, block = tiling(count, width)
        gate_kernel[grid](z, y, count, heads, width, padded, block)
    return y


def gate_backward(grad: Tensor, z: Tensor, heads: int) -> Tensor:
    """Return the gradient of `z` (..., 2E) from `grad` (..., E), that of the gate."""
    out = torch.empty_like(z)
    e = grad.shape[-1]
    if count := grad.numel() * heads // e:
        grid, padded, block = tiling(count, e // heads)
        flat, into = z.view(-1), out.view(-1)
        gate_backward_kernel[grid](
            grad, flat, flat[e:], into, into[e:], flat, count, 2 * e, 2 * e, 2 * e,
            False, heads, e // heads, padded, block,
        )  # fmt: skip
    return out


def attended_backward(
    grad: Tensor, mixed: Tensor, z: Tensor, z_grad: Tensor, heads: int
) -> tuple[Tensor, Tensor]:
    """Go back through norm(mixed * norm(z4)), the last quarter of each row of `z` being z4.

    Args:
        grad: (B, T, E), the gradient of that.
        mixed: (B, T, E), what attention found.
        z: (B, T, 4E); its last quarter is read.
        z_grad: (B, T, 4E); its last quarter is written.
        heads: number of heads.

    Returns:
        The gradient of `mixed`, in its dtype, and (B, T, heads) float32, the sum over each head of
        it times `mixed`. All tensors are contiguous.
    """
    mixed_grad = torch.empty_like(mixed)
    delta = mixed.new_empty((*mixed.shape[:-1], heads), dtype=torch.float32)
    if count := delta.numel():
        e = mixed.shape[-1]
        grid, padded, block = tiling(count, e // heads)
        gate_backward_kernel[grid](
            grad, mixed, z.view(-1)[3 * e :], mixed_grad, z_grad.view(-1)[3 * e :], delta, count,
            e, 4 * e, e, True, heads, e // heads, padded, block,
        )  # fmt: skip
    return mixed_grad, delta
