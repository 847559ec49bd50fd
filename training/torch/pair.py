"""The family `wygpt-pair` as a PyTorch module: the trunk takes one step for two bytes."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from inference.hashing import byte_embedding
from inference.ngram import PRIME
from training.shape import VOCABULARY, PairShape
from training.wygpt import _MASK32, Attend, Block, Gate, _spread, group_norm


class WygptPair(nn.Module):
    """Pairs of bytes to the logits of both bytes of the next pair."""

    embedding: Tensor

    def __init__(self, shape: PairShape) -> None:
        super().__init__()
        self.shape = shape
        width = shape.width
        signs = torch.from_numpy(byte_embedding(width, 2 * VOCABULARY))
        self.register_buffer("embedding", signs / 2**0.5, persistent=False)
        self.blocks = nn.ModuleList(
            Block(width, shape.heads, shape.context) for _ in range(shape.layers)
        )
        if shape.mixing:
            for block in self.blocks:
                block.b = MixedAttend(width, shape.heads, shape.context)
        self.head = nn.Parameter(torch.zeros(VOCABULARY, width))
        self.second = Second(width, shape.heads)
        self.ngram = nn.ParameterDict(
            {str(n): torch.zeros(rows, width // len(shape.tables)) for n, rows in shape.tables}
        )

    def forward(self, data: Tensor, reach: Tensor | None = None) -> Tensor:
        """Predict both bytes of the pair that follows each.

        Args:
            data: (B, 2 (T + 1)) uint8 or int: T pairs to read, and the last one to be foretold;
                the first bytes of the pairs behind the first are read by the second head, too.
            reach: where given, attention reaches only so many steps, the present one counted.

        Returns:
            (B, 2 T, 256) logits of the bytes behind the first pair.
        """
        pairs = torch.unflatten(data.long(), 1, (-1, 2))
        x = self.embed(pairs[:, :-1])
        for block in self.blocks:
            x = block(x, reach)
        y = group_norm(x, 1)
        first = functional.linear(y, self.head)
        second = self.second(y, pairs[:, 1:, 0])
        return torch.stack((first, second), dim=2).flatten(1, 2)

    def embed(self, pairs: Tensor) -> Tensor:
        """Return (B, T, E) of (B, T, 2): the bytes' fixed vectors and the rows of the tables."""
        x = self.embedding[pairs[..., 0]] + self.embedding[VOCABULARY + pairs[..., 1]]
        if not self.shape.tables:
            return x
        picked = pick_pair_rows(pairs, self.shape.tables)
        rows = [
            functional.embedding(at, self.ngram[str(order)])
            for (order, _), at in zip(self.shape.tables, picked, strict=True)
        ]
        return x + torch.cat(rows, dim=-1)


class MixedAttend(Attend):
    """Attention whose keys and values are mixed with those of the step before."""

    def __init__(self, width: int, heads: int, context: int) -> None:
        super().__init__(width, heads, context)
        self.mix = nn.Parameter(torch.zeros(2, width))

    def project(self, x: Tensor) -> Tensor:
        """(B, T, E) to (B, T, 4E): key, query, value, gate before their norm."""
        key, query, value, gate = super().project(x).chunk(4, dim=-1)
        key, value = (
            part + mix * functional.pad(part, (0, 0, 1, 0))[:, :-1]
            for part, mix in ((key, self.mix[0]), (value, self.mix[1]))
        )
        return torch.cat((key, query, value, gate), dim=-1)


class Second(nn.Module):
    """The second byte of a pair from the trunk's output and the first byte."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.embedding = nn.Parameter(torch.zeros(VOCABULARY, width))
        gate = Gate(width, heads)
        self.heads, self.u, self.o = heads, gate.u, gate.o
        self.gate = gate.gate
        self.head = nn.Parameter(torch.zeros(VOCABULARY, width))

    def forward(self, y: Tensor, first: Tensor) -> Tensor:
        """(B, T, E) and (B, T) to (B, T, 256)."""
        z = y + functional.embedding(first, self.embedding)
        z = z + functional.linear(self.gate(functional.linear(z, self.u), self.heads), self.o)
        return functional.linear(group_norm(z, 1), self.head)


def pick_pair_rows(pairs: Tensor, tables: tuple[tuple[int, int], ...]) -> list[Tensor]:
    """Return for each order and number of rows the (B, T) row that the last pairs pick."""
    found: list[Tensor] = []
    numbers = pairs[..., 0] * VOCABULARY + pairs[..., 1] + 1
    running = torch.zeros_like(numbers)
    rows = dict(tables)
    for back in range(tables[-1][0]):
        shifted = functional.pad(numbers, (back, 0))[:, : numbers.shape[1]]
        running = (running * PRIME ^ shifted) & _MASK32
        if back + 1 in rows:
            found.append(_spread(running) % rows[back + 1])
    return found
