# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls, allow-untyped-decorators
# mypy: disable-error-code="import-not-found,import-untyped"
"""Attention with a bias per head and distance, and the gate after it, without a (T, T) matrix.

A program owns `block` queries of one head, walks from their own block of keys back to the farthest
that the bias or `reach` lets them see, and keeps a running maximum and sum. Source: Dao 2023,
FlashAttention-2, arXiv:2307.08691; the running softmax is Milakov and Gimelshein 2018,
arXiv:1805.02867. The bias is looked up by distance in its (H, C) table, as `distance_bias` of
`training/torch/wygpt.py` spreads it. A tile holds whole blocks, so that a diagonal of tiles is a
range of distances; the head's width r is padded to a power of two.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from training.torch.fused.norm import normal

LOG2E = tl.constexpr(1.4426950408889634)
STAGES = 2
"""Tiles of keys and values under way at once; a third would not fit the shared memory of sm_86."""


@triton.jit
def exponents(products, bias, distance, limit, scale):
    """Return scores times log2(e): minus infinity in the future and from distance `limit` on."""
    near = (distance >= 0) & (distance < limit)
    looked_up = tl.load(bias + distance, mask=near, other=float("-inf"))
    return products * (scale * LOG2E) + looked_up * LOG2E


@triton.jit
def attend_kernel(y, z, pe, reach, out, mixed, lse, length, context, scale,
                  heads: tl.constexpr, width: tl.constexpr, padded: tl.constexpr,
                  block: tl.constexpr, precision: tl.constexpr):  # fmt: skip
    """Attend and gate one block of queries of one head; see `attend_forward`."""
    blocks = tl.cdiv(length, block)
    stream = tl.program_id(0) // blocks
    # Late queries see most, and begin first.
    own = blocks - 1 - tl.program_id(0) % blocks
    batch, head = stream // heads, stream % heads
    e: tl.constexpr = heads * width
    column = tl.arange(0, padded)[None, :]
    query_at = own * block + tl.arange(0, block)[:, None]
    row = batch.to(tl.int64) * length
    y += row * 3 * e + head * width
    pe += head * context
    limit = tl.minimum(tl.load(reach), context).to(tl.int32)
    inside = (query_at < length) & (column < width)
    query = tl.load(y + e + query_at * 3 * e + column, mask=inside, other=0.0)

    top = tl.full((block, 1), float("-inf"), tl.float32)
    total = tl.zeros((block, 1), tl.float32)
    found = tl.zeros((block, padded), tl.float32)
    farthest = tl.maximum(own * block - limit + 1, 0) // block
    for back in range(own - farthest + 1):
        key_at = (own - back) * block + tl.arange(0, block)
        here = (key_at[:, None] < length) & (column < width)
        at = y + key_at[:, None] * 3 * e + column
        key = tl.load(at, mask=here, other=0.0)
        value = tl.load(at + 2 * e, mask=here, other=0.0)
        products = tl.dot(query, tl.trans(key), input_precision=precision)
        score = exponents(products, pe, query_at - key_at[None, :], limit, scale)
        # Finite from the first tile on: there every query sees at least itself.
        higher = tl.maximum(top, tl.max(score, 1, keep_dims=True))
        weight = tl.exp2(score - higher)
        shrink = tl.exp2(top - higher)
        total = total * shrink + tl.sum(weight, 1, keep_dims=True)
        found = found * shrink + tl.dot(weight.to(y.dtype.element_ty), value,
                                        input_precision=precision)  # fmt: skip
        top = higher

    found = (found / total).to(y.dtype.element_ty)
    tl.store(mixed + row * e + query_at * e + head * width + column, found, mask=inside)
    at = stream.to(tl.int64) * length + query_at
    tl.store(lse + at, top + tl.log2(total), mask=query_at < length)
    z += row * 4 * e + 3 * e + head * width
    gate = tl.load(z + query_at * 4 * e + column, mask=inside, other=0.0).to(tl.float32)
    gate, _ = normal(gate, inside, width)
    gated, _ = normal(found.to(tl.float32) * gate, inside, width)
    out += row * e + head * width
    tl.store(out + query_at * e + column, gated.to(out.dtype.element_ty), mask=inside)


def attention_tiling(width: int, dtype: torch.dtype) -> tuple[int, int, str]:
    """Return padded head width, block, and the precision of products of that dtype."""
    padded = max(16, triton.next_power_of_2(width))
    exact = dtype == torch.float32  # no tf32: float32 is what tests and small models ask for
    block = 64 if padded <= 64 else 32 if padded <= 128 else 16
    return padded, min(block, 32) if exact else block, "ieee" if exact else "tf32"


def attend_forward(
    y: Tensor, z: Tensor, pe: Tensor, reach: Tensor, heads: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Attend, and gate what was found.

    Args:
        y: (B, T, 3E) normed keys, queries and values.
        z: (B, T, 4E), of the same dtype; the last quarter is the gate before its norm.
        pe: (H, C) float32, the bias of each head and distance.
        reach: whole number of no axes, at least 1: distances of so many and more are not seen.
        heads: H.

    Returns:
        norm(mixed * norm(gate)) and mixed, both (B, T, E) in y's dtype, and (B, H, T) float32, the
        logarithm to base 2 of each query's sum of weights. All tensors are contiguous.
    """
    batch, length, e = y.shape[0], y.shape[1], y.shape[2] // 3
    mixed = y.new_empty((batch, length, e))
    out = torch.empty_like(mixed)
    lse = y.new_empty((batch, heads, length), dtype=torch.float32)
    if y.numel():
        width = e // heads
        padded, block, precision = attention_tiling(width, y.dtype)
        attend_kernel[(batch * heads * triton.cdiv(length, block),)](
            y, z, pe, reach, out, mixed, lse, length, pe.shape[1], width**-0.5,
            heads, width, padded, block, precision, num_stages=STAGES,
        )  # fmt: skip
    return out, mixed, lse
