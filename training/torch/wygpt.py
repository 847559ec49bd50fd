"""The `wygpt` families as a PyTorch module.

Formulas: Wang Yi's wyGPT (public domain), as published. The module keeps each matrix already
divided by the square root of its fan-in (what the forward pass multiplies by); `export.py`
multiplies it back, since the format stores the undivided matrix.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from inference.model.hashing import byte_embedding
from inference.model.ngram import FINISH, PRIME
from training.shape import VOCABULARY, WygptShape
from training.shape import sloped_bias as numpy_bias

_EPSILON = 1e-12
_MASK32 = 0xFFFFFFFF


def group_norm(x: Tensor, groups: int) -> Tensor:
    """Normalise each of `groups` equal parts of the last axis to mean 0, variance 1; no gain.

    Written out, so that the compiler joins it to its neighbours: a training step takes 11 % less
    time than with `layer_norm` (0.80 s against 0.90 s, 2 cores of an AMD Zen 3, 4,096 bytes).
    """
    parts = torch.unflatten(x, -1, (groups, -1))
    centred = parts - parts.mean(dim=-1, keepdim=True)
    variance = centred.square().mean(dim=-1, keepdim=True)
    return (centred * torch.rsqrt(variance + _EPSILON)).flatten(-2)


def distance_bias(bias: Tensor, length: int, reach: Tensor | None = None) -> Tensor:
    """Spread a (H, C) bias per distance over (H, T, T) scores.

    Minus infinity for the future, for distances of C and more, and, where `reach` is given (a
    whole number of no axes), for distances of `reach` and more.
    """
    near = functional.pad(bias[:, :length], (0, max(0, length - bias.shape[1])), value=-math.inf)
    if reach is not None:
        near = near.where(torch.arange(length, device=bias.device) < reach, -math.inf)
    future = bias.new_full((bias.shape[0], length - 1), -math.inf)
    line = torch.cat((near.flip(-1), future), dim=-1)
    return line.unfold(-1, length, 1).flip(-2)


def pick_rows(data: Tensor, orders: tuple[int, ...], rows: int) -> list[Tensor]:
    """Return for each order the (B, T) row that the last bytes pick (`model/ngram.py`)."""
    found: list[Tensor] = []
    running = torch.zeros_like(data, dtype=torch.int64)
    numbers = data.long() + 1
    for back in range(orders[-1]):
        shifted = functional.pad(numbers, (back, 0))[:, : data.shape[1]]
        running = (running * PRIME ^ shifted) & _MASK32
        if back + 1 in orders:
            found.append(_spread(running) % rows)
    return found


def _spread(value: Tensor) -> Tensor:
    for shift, multiplier in FINISH:
        value = (value ^ (value >> shift)) * multiplier & _MASK32
    return value ^ (value >> 16)


def sloped_bias(heads: int, context: int) -> Tensor:
    """Return the (H, C) distance bias that training begins with; see `training/shape.py`."""
    return torch.from_numpy(numpy_bias(heads, context))


def gate_halves(z: Tensor, heads: int) -> Tensor:
    """Return norm(z1 * z2), where z1, z2 are the halves of norm(z): (..., 2E) to (..., E)."""
    first, second = group_norm(z, 2 * heads).chunk(2, dim=-1)
    return group_norm(first * second, heads)


class Gate(nn.Module):
    """x + o norm(z1 * z2), where z1, z2 are the halves of norm(u x)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.gate = gate_halves
        self.u = nn.Parameter(torch.randn(2 * width, width) / math.sqrt(width))
        self.o = nn.Parameter(torch.zeros(width, width))

    def forward(self, x: Tensor) -> Tensor:
        """x: (B, T, E)."""
        gated = self.gate(functional.linear(x, self.u), self.heads)
        out: Tensor = x + functional.linear(gated, self.o)
        return out


class Attend(nn.Module):
    """Causal attention with a learned bias per head and distance, and an output gate."""

    def __init__(self, width: int, heads: int, context: int) -> None:
        super().__init__()
        self.heads = heads
        self.x = nn.Parameter(torch.randn(4 * width, width) / math.sqrt(width))
        self.o = nn.Parameter(torch.zeros(width, width))
        self.pe = nn.Parameter(sloped_bias(heads, context))

    def project(self, x: Tensor) -> Tensor:
        """(B, T, E) to (B, T, 4E): key, query, value, gate before their norm."""
        return functional.linear(x, self.x)

    def forward(self, x: Tensor, bias: Tensor) -> Tensor:
        """x: (B, T, E); bias: (H, T, T), added to the scores."""
        heads = self.heads
        z = group_norm(self.project(x), 4 * heads)
        key, query, value, gate = z.chunk(4, dim=-1)
        key, query, value = (
            torch.unflatten(part, -1, (heads, -1)).transpose(1, 2) for part in (key, query, value)
        )
        scores = (query / math.sqrt(query.shape[-1])) @ key.transpose(-1, -2)
        mixed = ((scores + bias).softmax(dim=-1) @ value).transpose(1, 2).flatten(-2)
        out: Tensor = x + functional.linear(group_norm(mixed * gate, heads), self.o)
        return out


class Block(nn.Module):
    """Gate, attend, gate."""

    attend: Callable[[Tensor, Tensor, Tensor | None, int], Tensor] | None = None
    """Does all of `Attend` between its matrices, where the model is fused."""

    def __init__(self, width: int, heads: int, context: int) -> None:
        super().__init__()
        self.a = Gate(width, heads)
        self.b = Attend(width, heads, context)
        self.c = Gate(width, heads)

    def forward(self, x: Tensor, reach: Tensor | None) -> Tensor:
        """x: (B, T, E)."""
        if self.attend is None:
            bias = distance_bias(self.b.pe, x.shape[1], reach)
            out: Tensor = self.c(self.b(self.a(x), bias))
            return out
        x = self.a(x)
        attended = self.attend(self.b.project(x), self.b.pe, reach, self.b.heads)
        fused: Tensor = self.c(x + functional.linear(attended, self.b.o))
        return fused


class Wygpt(nn.Module):
    """Bytes to next-byte logits."""

    embedding: Tensor

    def __init__(self, shape: WygptShape) -> None:
        super().__init__()
        self.shape = shape
        self.norm = group_norm
        self.register_buffer(
            "embedding", torch.from_numpy(byte_embedding(shape.width)), persistent=False
        )
        self.blocks = nn.ModuleList(
            Block(shape.width, shape.heads, shape.context) for _ in range(shape.layers)
        )
        self.head = nn.Parameter(torch.zeros(VOCABULARY, shape.width))
        slice_width = shape.width // max(1, len(shape.ngram_orders))
        self.ngram = nn.ParameterDict(
            {str(n): torch.zeros(shape.ngram_rows, slice_width) for n in shape.ngram_orders}
        )

    def forward(self, data: Tensor, reach: Tensor | None = None) -> Tensor:
        """Predict the byte that follows each.

        Args:
            data: (B, T) uint8 or int; T may be longer than the context, which then slides.
            reach: where given, attention reaches only so many bytes, the present one counted.

        Returns:
            (B, T, 256) logits.
        """
        x = self.embed(data)
        for block in self.blocks:
            x = block(x, reach)
        return functional.linear(self.norm(x, 1), self.head)

    def fuse(self) -> Wygpt:
        """Compute with the kernels of `training/torch/fused/` from now on; return the model.

        They are a GPU's, and the same function up to rounding. Without this call Triton is never
        imported.
        """
        from training.torch.fused import ops

        self.norm = ops.norm
        for module in self.modules():
            if isinstance(module, Gate):
                module.gate = ops.gate
            elif isinstance(module, Block):
                module.attend = ops.attend
        return self

    def embed(self, data: Tensor) -> Tensor:
        """Return (B, T, E): each byte's fixed vector and the rows that the last bytes pick."""
        x = self.embedding[data.long()]
        orders = self.shape.ngram_orders
        if not orders:
            return x
        picked = pick_rows(data, orders, self.shape.ngram_rows)
        rows = [
            functional.embedding(at, self.ngram[str(order)])
            for order, at in zip(orders, picked, strict=True)
        ]
        return x + torch.cat(rows, dim=-1)
