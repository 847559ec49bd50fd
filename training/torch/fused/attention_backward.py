# mypy: allow-untyped-defs, allow-incomplete-defs, allow-untyped-calls, allow-untyped-decorators
# mypy: disable-error-code="import-not-found,import-untyped"
"""The gradients of attention: of keys, queries and values before their norm, and of the bias.

The weights are computed again from the scores and each query's sum of weights. One kernel owns a
block of keys and walks over the queries that see it, another owns a block of queries and walks over
the keys; so every sum has one order, and a resumed run goes on bit by bit. Source: Dao 2023,
FlashAttention-2, arXiv:2307.08691. Both end with the backward pass of the norm, whose group is
just the head that they own.

The bias of a distance gets the sum of a diagonal of score gradients. In a tile of `block` queries
and keys, row r rotated by r puts each diagonal into a column: those from row <= column on belong to
the tile's own range of distances, the rest to the range before, which is the next tile's.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from training.torch.fused.attention import STAGES, attention_tiling, exponents
from training.torch.fused.norm import normal, normal_backward


@triton.jit
def leave(z, z_grad, found, inside, width: tl.constexpr):
    """Write `found`, a gradient of norm(z), as that of z."""
    y, factor = normal(tl.load(z, mask=inside, other=0.0).to(tl.float32), inside, width)
    found = normal_backward(found, y, factor, inside, width)
    tl.store(z_grad, found.to(z_grad.dtype.element_ty), mask=inside)


@triton.jit
def key_value_kernel(y, z, z_grad, pe, reach, mixed_grad, delta, lse,
                     length, context, scale, heads: tl.constexpr, width: tl.constexpr,
                     padded: tl.constexpr, block: tl.constexpr,
                     precision: tl.constexpr):  # fmt: skip
    """Gradients of one block of keys and values of one head."""
    blocks = tl.cdiv(length, block)
    stream = tl.program_id(0) // blocks
    own = tl.program_id(0) % blocks
    batch, head = stream // heads, stream % heads
    e: tl.constexpr = heads * width
    column = tl.arange(0, padded)[None, :]
    key_at = own * block + tl.arange(0, block)[:, None]
    row = batch.to(tl.int64) * length
    y += row * 3 * e + head * width
    mixed_grad += row * e + head * width
    delta += row * heads + head
    lse += stream.to(tl.int64) * length
    pe += head * context
    limit = tl.minimum(tl.load(reach), context).to(tl.int32)
    inside = (key_at < length) & (column < width)
    key = tl.load(y + key_at * 3 * e + column, mask=inside, other=0.0)
    value = tl.load(y + 2 * e + key_at * 3 * e + column, mask=inside, other=0.0)

    key_grad = tl.zeros((block, padded), tl.float32)
    value_grad = tl.zeros((block, padded), tl.float32)
    last = tl.minimum(own * block + block + limit - 2, length - 1) // block
    for there in range(own, last + 1):
        query_at = there * block + tl.arange(0, block)
        here = (query_at[:, None] < length) & (column < width)
        query = tl.load(y + e + query_at[:, None] * 3 * e + column, mask=here, other=0.0)
        above = tl.load(mixed_grad + query_at[:, None] * e + column, mask=here, other=0.0)
        sums = tl.load(lse + query_at, mask=query_at < length, other=float("inf"))
        less = tl.load(delta + query_at * heads, mask=query_at < length, other=0.0)
        products = tl.dot(key, tl.trans(query), input_precision=precision)
        score = exponents(products, pe, query_at[None, :] - key_at, limit, scale)
        weight = tl.exp2(score - sums[None, :])
        value_grad += tl.dot(weight.to(above.dtype), above, input_precision=precision)
        weight_grad = tl.dot(value, tl.trans(above), input_precision=precision)
        score_grad = (weight * (weight_grad - less[None, :])).to(query.dtype)
        key_grad += tl.dot(score_grad, query, input_precision=precision)

    at = row * 4 * e + head * width + key_at * 4 * e + column
    leave(z + at, z_grad + at, key_grad * scale, inside, width)
    leave(z + at + 2 * e, z_grad + at + 2 * e, value_grad, inside, width)


@triton.jit
def query_kernel(y, z, z_grad, pe, reach, pe_parts, mixed_grad, delta, lse,
                 length, context, scale, heads: tl.constexpr, width: tl.constexpr,
                 padded: tl.constexpr, block: tl.constexpr, precision: tl.constexpr,
                 ranges):  # fmt: skip
    """Gradients of one block of queries of one head, and their part of that of the bias.

    A part is `ranges` blocks of distances.
    """
    blocks = tl.cdiv(length, block)
    stream = tl.program_id(0) // blocks
    own = blocks - 1 - tl.program_id(0) % blocks
    batch, head = stream // heads, stream % heads
    e: tl.constexpr = heads * width
    column = tl.arange(0, padded)[None, :]
    query_at = own * block + tl.arange(0, block)[:, None]
    row = batch.to(tl.int64) * length
    y += row * 3 * e + head * width
    pe += head * context
    pe_parts += (stream.to(tl.int64) * blocks + own) * ranges * block
    limit = tl.minimum(tl.load(reach), context).to(tl.int32)
    inside = (query_at < length) & (column < width)
    query = tl.load(y + e + query_at * 3 * e + column, mask=inside, other=0.0)
    mixed_grad += row * e + head * width
    above = tl.load(mixed_grad + query_at * e + column, mask=inside, other=0.0)
    sums = tl.load(lse + stream.to(tl.int64) * length + query_at, mask=query_at < length,
                   other=float("inf"))  # fmt: skip
    less = tl.load(delta + (row + query_at) * heads + head, mask=query_at < length, other=0.0)

    down = tl.arange(0, block)[:, None]
    across = tl.arange(0, block)[None, :]
    rotated = (down - across + block) % block
    from_before = tl.zeros((block,), tl.float32)
    query_grad = tl.zeros((block, padded), tl.float32)
    # From the farthest block of keys to the own one, so that what a tile leaves of the distances
    # below its own comes to the tile that follows.
    for there in range(tl.maximum(own * block - limit + 1, 0) // block, own + 1):
        key_at = there * block + tl.arange(0, block)
        here = (key_at[:, None] < length) & (column < width)
        at = y + key_at[:, None] * 3 * e + column
        key = tl.load(at, mask=here, other=0.0)
        value = tl.load(at + 2 * e, mask=here, other=0.0)
        products = tl.dot(query, tl.trans(key), input_precision=precision)
        score = exponents(products, pe, query_at - key_at[None, :], limit, scale)
        weight = tl.exp2(score - sums)
        weight_grad = tl.dot(above, tl.trans(value), input_precision=precision)
        score_grad = weight * (weight_grad - less)
        query_grad += tl.dot(score_grad.to(key.dtype), key, input_precision=precision)
        diagonals = tl.gather(score_grad, rotated, 1)
        own_range = tl.sum(tl.where(down >= across, diagonals, 0.0), 0)
        tl.store(pe_parts + (own - there) * block + tl.arange(0, block), own_range + from_before)
        from_before = tl.sum(tl.where(down < across, diagonals, 0.0), 0)

    at = row * 4 * e + e + head * width + query_at * 4 * e + column
    leave(z + at, z_grad + at, query_grad * scale, inside, width)


def attend_backward(
    mixed_grad: Tensor,
    delta: Tensor,
    y: Tensor,
    z: Tensor,
    z_grad: Tensor,
    lse: Tensor,
    pe: Tensor,
    reach: Tensor,
) -> Tensor:
    """Write the first three quarters of `z_grad` and return the gradient of the bias.

    Args:
        mixed_grad: (B, T, E), the gradient of what attention found.
        delta: (B, T, H) float32, the sum over each head of that times what it found.
        y: (B, T, 3E) normed keys, queries and values.
        z: (B, T, 4E), those and the gate before their norm.
        z_grad: (B, T, 4E), of z's dtype.
        lse: (B, H, T) float32, of `attend_forward`.
        pe: (H, C) float32, the bias.
        reach: as in `attend_forward`.

    Returns:
        (H, C) float32.
    """
    batch, heads, length = lse.shape
    context = pe.shape[1]
    if not y.numel():
        return torch.zeros_like(pe)
    width = y.shape[2] // (3 * heads)
    padded, block, precision = attention_tiling(width, y.dtype)
    blocks = triton.cdiv(length, block)
    # What each block of queries adds to each distance that it sees.
    ranges = min(blocks, triton.cdiv(context - 1, block) + 1)
    parts = pe.new_zeros((batch, heads, blocks, ranges * block))
    grid, scale = (batch * heads * blocks,), width**-0.5
    rest = (mixed_grad, delta, lse, length, context, scale, heads, width, padded, block, precision)
    key_value_kernel[grid](y, z, z_grad, pe, reach, *rest, num_stages=STAGES)
    query_kernel[grid](y, z, z_grad, pe, reach, parts, *rest, ranges, num_stages=STAGES)
    found = parts.sum((0, 2))[:, :context]
    return torch.nn.functional.pad(found, (0, context - found.shape[1]))
