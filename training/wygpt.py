"""The `wygpt` family as a PyTorch module.

Formulas: Wang Yi's wyGPT (public domain), as published. The module keeps each matrix already
divided by the square root of its fan-in (what the forward pass multiplies by); `export.py`
multiplies it back, since the format stores the undivided matrix.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from inference.hashing import byte_embedding
from training.errors import ModelError

VOCABULARY = 256
_EPSILON = 1e-12


@dataclass(frozen=True, slots=True)
class WygptShape:
    """Sizes of a model: E width, L layers, H heads, C context (bytes that attention reaches)."""

    width: int = 192
    layers: int = 7
    heads: int = 4
    context: int = 512

    def __post_init__(self) -> None:
        for name in ("width", "layers", "heads", "context"):
            if getattr(self, name) < 1:
                raise ModelError(f"{name} is {getattr(self, name)}; it must be at least 1")
        if self.width % self.heads:
            raise ModelError(f"width {self.width} is not a multiple of heads {self.heads}")

    @property
    def parameters(self) -> int:
        """Count of trained numbers: L (11 E^2 + H C) + 256 E."""
        per_layer = 11 * self.width**2 + self.heads * self.context
        return self.layers * per_layer + VOCABULARY * self.width


def group_norm(x: Tensor, groups: int) -> Tensor:
    """Normalise each of `groups` equal parts of the last axis to mean 0, variance 1; no gain."""
    parts = torch.unflatten(x, -1, (groups, -1))
    return functional.layer_norm(parts, parts.shape[-1:], eps=_EPSILON).flatten(-2)


def distance_bias(bias: Tensor, length: int) -> Tensor:
    """Spread a (H, C) bias per distance over (H, T, T) scores; the future gets minus infinity."""
    future = bias.new_full((bias.shape[0], length - 1), -math.inf)
    line = torch.cat((bias[:, :length].flip(-1), future), dim=-1)
    return line.unfold(-1, length, 1).flip(-2)


class Gate(nn.Module):
    """x + o norm(z1 * z2), where z1, z2 are the halves of norm(u x)."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.u = nn.Parameter(torch.randn(2 * width, width) / math.sqrt(width))
        self.o = nn.Parameter(torch.zeros(width, width))

    def forward(self, x: Tensor) -> Tensor:
        """x: (B, T, E)."""
        first, second = group_norm(functional.linear(x, self.u), 2 * self.heads).chunk(2, dim=-1)
        out: Tensor = x + functional.linear(group_norm(first * second, self.heads), self.o)
        return out


class Attend(nn.Module):
    """Causal attention with a learned bias per head and distance, and an output gate."""

    def __init__(self, width: int, heads: int, context: int) -> None:
        super().__init__()
        self.heads = heads
        self.x = nn.Parameter(torch.randn(4 * width, width) / math.sqrt(width))
        self.o = nn.Parameter(torch.zeros(width, width))
        self.pe = nn.Parameter(torch.zeros(heads, context))

    def forward(self, x: Tensor) -> Tensor:
        """x: (B, T, E), T at most the context."""
        heads = self.heads
        z = group_norm(functional.linear(x, self.x), 4 * heads)
        key, query, value, gate = z.chunk(4, dim=-1)
        key, query, value = (
            torch.unflatten(part, -1, (heads, -1)).transpose(1, 2) for part in (key, query, value)
        )
        scores = (query / math.sqrt(query.shape[-1])) @ key.transpose(-1, -2)
        scores = scores + distance_bias(self.pe, x.shape[1])
        mixed = (scores.softmax(dim=-1) @ value).transpose(1, 2).flatten(-2)
        out: Tensor = x + functional.linear(group_norm(mixed * gate, heads), self.o)
        return out


class Block(nn.Module):
    """Gate, attend, gate."""

    def __init__(self, width: int, heads: int, context: int) -> None:
        super().__init__()
        self.a = Gate(width, heads)
        self.b = Attend(width, heads, context)
        self.c = Gate(width, heads)

    def forward(self, x: Tensor) -> Tensor:
        """x: (B, T, E)."""
        out: Tensor = self.c(self.b(self.a(x)))
        return out


class Wygpt(nn.Module):
    """Bytes to next-byte logits."""

    embedding: Tensor

    def __init__(self, shape: WygptShape) -> None:
        super().__init__()
        self.shape = shape
        self.register_buffer(
            "embedding", torch.from_numpy(byte_embedding(shape.width)), persistent=False
        )
        self.blocks = nn.ModuleList(
            Block(shape.width, shape.heads, shape.context) for _ in range(shape.layers)
        )
        self.head = nn.Parameter(torch.zeros(VOCABULARY, shape.width))

    def forward(self, data: Tensor) -> Tensor:
        """data: (B, T) uint8 or int; returns (B, T, 256) logits of the byte that follows each.

        Raises:
            ModelError: T is longer than the context.
        """
        if data.shape[1] > self.shape.context:
            raise ModelError(f"{data.shape[1]} bytes, but the context is {self.shape.context}")
        x = self.embedding[data.long()]
        for block in self.blocks:
            x = block(x)
        return functional.linear(group_norm(x, 1), self.head)
