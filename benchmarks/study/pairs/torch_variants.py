"""Architectures that the C++ trainer does not know: the pair model in PyTorch with one thing more.

They begin with the same weights and read the same batches, so that rows of one seed compare.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from training.core import TrainerCore
from training.shape import VOCABULARY, PairShape, Shape, Tensors
from training.torch.core import TorchCore
from training.torch.optimizer import build_optimizers
from training.torch.pair import MixedAttend, WygptPair
from training.torch.wygpt import Gate, group_norm, pick_rows
from training.trainer import OpenCore

KINDS: Final = ("plain", "sign", "gate", "values", "experts-hashed", "experts-learned")
_EXPERTS: Final = 4
_VALUE_LAYERS: Final = (2, 4)
_BALANCE: Final = 0.01


class RowsAttend(MixedAttend):
    """Attention into whose values the rows of the tables come again, by a scale a channel."""

    rows: Tensor | None = None

    def __init__(self, width: int, heads: int, context: int) -> None:
        super().__init__(width, heads, context)
        self.rows_mix = nn.Parameter(torch.zeros(width))

    def project(self, x: Tensor) -> Tensor:
        """(B, T, E) to (B, T, 4E): key, query, value, gate before their norm."""
        key, query, value, gate = super().project(x).chunk(4, dim=-1)
        assert self.rows is not None
        return torch.cat((key, query, value + self.rows_mix * self.rows, gate), dim=-1)


class Experts(nn.Module):
    """Four gates, of which each step takes one: its character's, or the likeliest by a router.

    All four are computed and three thrown away, which is slow and exact. The learned choice keeps
    its balance by a bias that no gradient moves. Sources: Roller et al. 2021, arXiv:2106.04426;
    Fedus et al. 2021, arXiv:2101.03961; Wang et al. 2024, arXiv:2408.15664.
    """

    balance: Tensor
    hashed: Tensor | None = None

    def __init__(self, width: int, heads: int, *, learned: bool) -> None:
        super().__init__()
        self.gates = nn.ModuleList(Gate(width, heads) for _ in range(_EXPERTS))
        self.learned = learned
        if learned:
            self.router_pe = nn.Parameter(torch.randn(_EXPERTS, width) / math.sqrt(width))
            self.register_buffer("balance", torch.zeros(_EXPERTS), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """x: (B, T, E)."""
        weights = self._weights(x)
        changes = torch.stack([gate(x) - x for gate in self.gates], dim=-2)
        out: Tensor = x + (changes * weights[..., None]).sum(dim=-2)
        return out

    def _weights(self, x: Tensor) -> Tensor:
        if not self.learned:
            assert self.hashed is not None
            return functional.one_hot(self.hashed, _EXPERTS).to(x.dtype)
        chances = functional.linear(group_norm(x, 1), self.router_pe).sigmoid()
        chosen = functional.one_hot((chances + self.balance).argmax(dim=-1), _EXPERTS)
        if torch.is_grad_enabled():
            load = chosen.float().mean(dim=(0, 1))
            self.balance += _BALANCE * (1.0 / _EXPERTS - load).sign()
        return chosen * chances


class StudyPair(WygptPair):
    """`WygptPair` with one thing more."""

    def __init__(self, shape: PairShape, kind: str) -> None:
        super().__init__(shape)
        self.kind = kind
        sizes = (shape.width, shape.heads, shape.context)
        if kind == "gate":
            self.gates = nn.Parameter(torch.zeros(len(shape.tables), shape.width))
        for i, block in enumerate(self.blocks):
            if kind == "values" and i in _VALUE_LAYERS:
                block.b = RowsAttend(*sizes)
            if kind.startswith("experts"):
                block.c = Experts(shape.width, shape.heads, learned=kind == "experts-learned")

    def embed(self, first: Tensor, second: Tensor) -> Tensor:
        """Return (B, T, E): the pairs' fixed vectors and the rows that the last pairs pick."""
        bytes_of = self.embedding[first] + self.embedding[VOCABULARY + second]
        pairs = first * VOCABULARY + second
        parts = [self._rows(pairs, order, count) for order, count in self.shape.tables]
        rows = torch.cat(parts, dim=-1)
        if self.kind == "gate":
            opened = 2 * functional.linear(bytes_of + rows, self.gates).sigmoid()
            rows = (torch.stack(parts, dim=-2) * opened[..., None]).flatten(-2)
        for block in self.blocks:
            if isinstance(block.b, RowsAttend):
                block.b.rows = rows
            if isinstance(block.c, Experts):
                block.c.hashed = pick_rows(pairs, (1,), _EXPERTS)[0]
        return bytes_of + rows

    def _rows(self, pairs: Tensor, order: int, count: int) -> Tensor:
        """Return the rows of one table; with a sign that a further bit of the hash gives."""
        (at,) = pick_rows(pairs, (order,), 2 * count)
        rows = functional.embedding(at % count, self.ngram[str(order)])
        if self.kind != "sign":
            return rows
        return torch.where((at >= count)[..., None], -rows, rows)


class StudyCore(TorchCore):
    """A `TorchCore` of another module, whose products are in bfloat16."""

    def __init__(self, shape: PairShape, tensors: Tensors, kind: str) -> None:
        torch.set_num_threads(1)
        torch.manual_seed(1)
        self.shape, self.device, self.teacher = shape, "cpu", None
        self.model = StudyPair(shape, kind)
        given = {name: torch.from_numpy(np.array(tensor)) for name, tensor in tensors.items()}
        known = self.model.state_dict().keys()
        self.model.load_state_dict({n: t for n, t in given.items() if n in known}, strict=False)
        self._optimizers = build_optimizers(self.model, muon_lr=0.0, adam_lr=0.0, weight_decay=0.0)
        self._forward = self.model  # so short a run would not earn what compiling costs
        self._steps = 0

    def _logits(self, forward: object, data: Tensor, reach: int | None) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16):
            return super()._logits(forward, data, reach)


def open_study_core(kind: str) -> OpenCore:
    """Return what makes the core of an architecture of `KINDS`."""

    def open_core(shape: Shape, tensors: Tensors) -> TrainerCore:
        assert isinstance(shape, PairShape)
        return StudyCore(shape, tensors, kind)

    return open_core
