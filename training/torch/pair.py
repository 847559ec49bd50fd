"""Family `wygpt-pair` as a PyTorch module: one step of the trunk for two bytes, two heads.

Matrices are kept divided by the root of their fan-in, as in `wygpt.py`.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from inference.model.hashing import pair_embedding
from training.shape import VOCABULARY, PairShape
from training.torch.wygpt import Attend, Block, Gate, group_norm, pick_rows


class MixedAttend(Attend):
    """Attention whose keys and values are mixed with those of the step before."""

    def __init__(self, width: int, heads: int, context: int) -> None:
        super().__init__(width, heads, context)
        self.mix = nn.Parameter(torch.zeros(2, width))

    def project(self, x: Tensor) -> Tensor:
        """(B, T, E) to (B, T, 4E): key, query, value, gate before their norm."""
        key, query, value, gate = super().project(x).chunk(4, dim=-1)
        key = key + self.mix[0] * functional.pad(key, (0, 0, 1, 0))[:, :-1]
        value = value + self.mix[1] * functional.pad(value, (0, 0, 1, 0))[:, :-1]
        return torch.cat((key, query, value, gate), dim=-1)


class Second(Gate):
    """The second head: the trunk's outcome and the first byte, one gate, 256 outputs."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__(width, heads)
        self.embedding = nn.Parameter(torch.zeros(VOCABULARY, width))
        self.head = nn.Parameter(torch.zeros(VOCABULARY, width))


class WygptPair(nn.Module):
    """Pairs of bytes to the logits of the next pair's bytes, one after the other."""

    embedding: Tensor

    def __init__(self, shape: PairShape) -> None:
        super().__init__()
        self.shape = shape
        vectors = torch.from_numpy(pair_embedding(shape.width)).float()
        self.register_buffer("embedding", vectors, persistent=False)
        sizes = (shape.width, shape.heads, shape.context)
        self.blocks = nn.ModuleList(Block(*sizes) for _ in range(shape.layers))
        if shape.mixing:
            for block in self.blocks:
                block.b = MixedAttend(*sizes)
        self.head = nn.Parameter(torch.zeros(VOCABULARY, shape.width))
        self.second = Second(shape.width, shape.heads)
        part = shape.width // max(1, len(shape.tables))
        self.ngram = nn.ParameterDict(
            {str(order): torch.zeros(rows, part) for order, rows in shape.tables}
        )

    def forward(self, data: Tensor, reach: Tensor | None = None) -> Tensor:
        """Predict both bytes of each pair after the first.

        Args:
            data: (B, 2 (T + 1)) bytes, the last pair a target only.
            reach: where given, attention reaches only so many pairs, the present one counted.

        Returns:
            (B, 2 T, 256) logits; those of a second byte are given the first one.
        """
        first, second = data[:, ::2].long(), data[:, 1::2].long()
        x = self.embed(first[:, :-1], second[:, :-1])
        for block in self.blocks:
            x = block(x, reach)
        y = group_norm(x, 1)
        z = self.second(y + functional.embedding(first[:, 1:], self.second.embedding))
        logits = (
            functional.linear(y, self.head),
            functional.linear(group_norm(z, 1), self.second.head),
        )
        return torch.stack(logits, dim=2).flatten(1, 2)

    def embed(self, first: Tensor, second: Tensor) -> Tensor:
        """Return (B, T, E): the pairs' fixed vectors and the rows that the last pairs pick."""
        x = self.embedding[first] + self.embedding[VOCABULARY + second]
        if not self.shape.tables:
            return x
        pairs = first * VOCABULARY + second
        rows = []
        for order, count in self.shape.tables:
            (at,) = pick_rows(pairs, (order,), count)
            rows.append(functional.embedding(at, self.ngram[str(order)]))
        return x + torch.cat(rows, dim=-1)
