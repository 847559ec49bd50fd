"""The same model sizes decoded by PyTorch: eager, and compiled into CUDA graphs.

Random weights in bfloat16, keys and values in a ring that stays where it is, greedy bytes: what a
careful user of PyTorch would write. The mean of the steps' time is taken after a warm-up.
"""

from __future__ import annotations

import time

import torch
from torch import Tensor, nn
from torch.nn import functional

from inference.card import ModelCard

WARM, STEPS = 8, 64


class Step(nn.Module):
    """One byte of each stream through a model of the family `wygpt`."""

    def __init__(self, card: ModelCard, batch: int, device: str, dtype: torch.dtype) -> None:
        super().__init__()
        self.heads, self.context = card.heads, card.context
        e = card.width
        options = {"device": device, "dtype": dtype}
        shapes = [(2 * e, e), (e, e), (4 * e, e), (e, e), (2 * e, e), (e, e)]
        self.blocks = nn.ParameterList(
            [
                nn.Parameter(torch.randn(shape, **options) / e**0.5, requires_grad=False)
                for _ in range(card.layers)
                for shape in shapes
            ]
        )
        self.head = nn.Parameter(torch.randn((256, e), **options) / e**0.5, requires_grad=False)
        self.embedding = nn.Parameter(torch.randn((256, e), **options), requires_grad=False)
        self.bias = nn.Parameter(
            torch.randn((card.layers, card.heads, 1, card.context), **options), requires_grad=False
        )
        ring = (card.layers, batch, card.heads, card.context, e // card.heads)
        self.register_buffer("keys", torch.zeros(ring, **options))
        self.register_buffer("values", torch.zeros(ring, **options))

    def _norm(self, x: Tensor, groups: int) -> Tensor:
        shape = x.shape
        x = x.view(shape[0], groups, -1)
        return functional.layer_norm(x, x.shape[-1:]).reshape(shape)

    def _gate(self, x: Tensor, u: Tensor, o: Tensor) -> Tensor:
        a, b = self._norm(x @ u.T, 2 * self.heads).chunk(2, dim=-1)
        return x + self._norm(a * b, self.heads) @ o.T

    def forward(self, byte: Tensor, place: Tensor, seen: int) -> Tensor:
        """Return the next bytes; `seen` slots of the ring count, the new one goes to `place`."""
        x = self.embedding[byte]
        for layer in range(len(self.blocks) // 6):
            a_u, a_o, b_x, b_o, c_u, c_o = self.blocks[6 * layer : 6 * layer + 6]
            x = self._gate(x, a_u, a_o)
            z = self._norm(x @ b_x.T, 4 * self.heads).view(len(x), 4, self.heads, 1, -1)
            self.keys[layer].index_copy_(2, place, z[:, 0])
            self.values[layer].index_copy_(2, place, z[:, 2])
            mixed = functional.scaled_dot_product_attention(
                z[:, 1],
                self.keys[layer, :, :, :seen],
                self.values[layer, :, :, :seen],
                attn_mask=self.bias[layer, :, :, :seen],
            )
            y = self._norm((mixed * z[:, 3]).reshape(len(x), -1), self.heads)
            x = self._gate(x + y @ b_o.T, c_u, c_o)
        return (self._norm(x, 1) @ self.head.T).argmax(dim=-1)


@torch.inference_mode()
def measure(way: str, card: ModelCard, batch: int, context: int, device: str = "cuda") -> float:
    """Return bytes a second of `eager` or `graphs` (torch.compile, mode reduce-overhead)."""
    dtype = torch.bfloat16 if device == "cuda" else torch.float32
    step = Step(card, batch, device, dtype)
    run = torch.compile(step, mode="reduce-overhead") if way == "graphs" else step
    seen = min(context, card.context)
    byte = torch.zeros(batch, dtype=torch.long, device=device)
    places = torch.arange(seen, device=device)

    def steps(count: int) -> None:
        nonlocal byte
        for i in range(count):
            if way == "graphs":
                torch.compiler.cudagraph_mark_step_begin()
            byte = run(byte, places[i % seen : i % seen + 1], seen).clone()
        if device == "cuda":
            torch.cuda.synchronize()

    steps(WARM)
    began = time.perf_counter()
    steps(STEPS)
    return batch * STEPS / (time.perf_counter() - began)
