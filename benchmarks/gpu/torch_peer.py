"""Our model in PyTorch: eager, and compiled by torch.compile into one CUDA graph.

The weights of the checkpoint in bfloat16 on a GPU (float32 on a processor, for tests), n-gram
tables included; keys and values in a ring that stays where it is; greedy bytes. Bytes and positions
live on the device, so that a step needs nothing from the host: what a careful user would write.
"""

from __future__ import annotations

import gc
import math
import time

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from inference.backends.native_library import MATRICES
from inference.model.checkpoint import Checkpoint
from inference.model.hashing import byte_embedding
from inference.model.ngram import FINISH, PRIME
from inference.reference.wygpt import EPSILON

WORD = 0xFFFFFFFF


class Step(nn.Module):
    """One byte of each of B streams; all state is in buffers, changed in place.

    byte: (B,) int64, what is read next. position: (1,) int64, of that byte, the same in all
    streams. recent: (B, N) int64, the last bytes plus one, newest first; 0 before the beginning.
    keys, values: (L, B, H, W, r), position p at p % W.
    """

    byte: Tensor
    position: Tensor
    recent: Tensor
    keys: Tensor
    values: Tensor
    embedding: Tensor
    tables: Tensor
    bias: Tensor
    slots: Tensor

    def __init__(
        self, checkpoint: Checkpoint, batch: int, window: int, device: str, dtype: torch.dtype
    ) -> None:
        """Put the weights on a device.

        Args:
            checkpoint: the model.
            batch: B.
            window: W, positions that attention reaches; at most the model's context.
            device: of PyTorch.
            dtype: of weights, activations, keys and values.
        """
        super().__init__()
        card = checkpoint.config
        self.heads, self.window, self.layers = card.heads, window, card.layers
        self.orders, self.rows = card.ngram_orders, card.ngram_rows

        def put(name: str, array: NDArray[np.float32]) -> None:
            self.register_buffer(name, torch.tensor(array).to(device, dtype))

        def whole(name: str, *shape: int) -> None:
            self.register_buffer(name, torch.zeros(shape, dtype=torch.int64, device=device))

        tensors = checkpoint.tensors
        for name in [*(f"blocks.{i}.{m}" for i in range(card.layers) for m in MATRICES), "head"]:
            put(name.replace(".", "_"), tensors[name] / np.float32(math.sqrt(card.width)))
        put("embedding", byte_embedding(card.width))
        tables = [tensors[f"ngram.{order}"] for order in card.ngram_orders]
        put("tables", np.concatenate(tables) if tables else np.zeros((0, 1), np.float32))
        bias = [tensors[f"blocks.{i}.b.pe"][:, :window] for i in range(card.layers)]
        put("bias", np.stack(bias))
        ring = (card.layers, batch, card.heads, window, card.width // card.heads)
        for name in ("keys", "values"):
            self.register_buffer(name, torch.zeros(ring, dtype=dtype, device=device))
        whole("byte", batch)
        whole("position", 1)
        whole("recent", batch, max(card.ngram_orders, default=1))
        self.register_buffer("slots", torch.arange(window, device=device))

    def forward(self) -> Tensor:
        """Read the byte, go on to the most probable next one; returns (B, 256) logits."""
        self.recent.copy_(torch.cat([self.byte[:, None] + 1, self.recent[:, :-1]], dim=1))
        x = self.embedding[self.byte]
        if self.orders:
            x = x + self._ngrams()
        mask, place = self._mask(), self.position % self.window
        for layer in range(self.layers):
            x = self._gate(layer, "a", x)
            x = self._attend(layer, x, mask[layer], place)
            x = self._gate(layer, "c", x)
        logits = self._norm(x, 1) @ self.get_buffer("head").T
        self.byte.copy_(logits.argmax(dim=-1))
        self.position.add_(1)
        return logits

    def _ngrams(self) -> Tensor:
        """Return (B, E): a row of each table side by side. See inference/model/ngram.py."""
        running = torch.zeros_like(self.byte)
        found: list[Tensor] = []
        for back in range(self.orders[-1]):
            running = running * PRIME & WORD ^ self.recent[:, back]
            if back + 1 in self.orders:
                value = running
                for shift, multiplier in FINISH:
                    value = (value ^ value >> shift) * multiplier & WORD
                row = (value ^ value >> 16) % self.rows
                found.append(self.tables[row + len(found) * self.rows])
        return torch.cat(found, dim=-1)

    def _mask(self) -> Tensor:
        """Return (L, H, 1, W): the bias of each slot's distance; minus infinity before the text."""
        distance = (self.position - self.slots) % self.window
        bias = self.bias[:, :, distance]
        return bias.masked_fill(distance > self.position, -math.inf)[:, :, None]

    def _weight(self, layer: int, name: str) -> Tensor:
        return self.get_buffer(f"blocks_{layer}_{name}").T

    def _norm(self, x: Tensor, groups: int) -> Tensor:
        parts = x.view(len(x), groups, -1)
        return functional.layer_norm(parts, parts.shape[-1:], eps=EPSILON).reshape(x.shape)

    def _gate(self, layer: int, name: str, x: Tensor) -> Tensor:
        z = self._norm(x @ self._weight(layer, f"{name}_u"), 2 * self.heads)
        a, b = z.chunk(2, dim=-1)
        return x + self._norm(a * b, self.heads) @ self._weight(layer, f"{name}_o")

    def _attend(self, layer: int, x: Tensor, mask: Tensor, place: Tensor) -> Tensor:
        z = self._norm(x @ self._weight(layer, "b_x"), 4 * self.heads)
        key, query, value, gate = z.view(len(x), 4, self.heads, 1, -1).unbind(1)
        self.keys[layer].index_copy_(2, place, key)
        self.values[layer].index_copy_(2, place, value)
        mixed = functional.scaled_dot_product_attention(
            query, self.keys[layer], self.values[layer], attn_mask=mask
        )
        y = self._norm((mixed * gate).reshape(x.shape), self.heads)
        return x + y @ self._weight(layer, "b_o")


class Decoder:
    """Streams that go through PyTorch together."""

    @torch.inference_mode()
    def __init__(self, checkpoint: Checkpoint, batch: int, window: int, *, compiled: bool) -> None:
        """Prepare a GPU to step, compiled and recorded as a graph if so.

        Raises:
            RuntimeError: PyTorch has no GPU, or memory is short, or it cannot compile.
        """
        if not torch.cuda.is_available():
            raise RuntimeError(f"PyTorch {torch.__version__} finds no GPU it can use")
        torch.compiler.reset()  # compiles anew for each size: a general one would be slower
        self.step = Step(checkpoint, batch, window, "cuda", torch.bfloat16).eval()
        self._graph: torch.cuda.CUDAGraph | None = None
        if compiled:
            self._record()

    def _record(self) -> None:
        run = torch.compile(self.step, fullgraph=True, dynamic=False)
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):  # what is recorded must have been compiled and warm
            for _ in range(3):
                run()
        torch.cuda.current_stream().wait_stream(aside)
        self._graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(self._graph):
            run()

    @torch.inference_mode()
    def read(self, prompts: NDArray[np.uint8]) -> None:
        """Begin new texts with (B, N) bytes: a step for each of them."""
        self.step.position.zero_()
        self.step.recent.zero_()
        for column in torch.tensor(prompts.T.astype(np.int64), device=self.step.byte.device):
            self.step.byte.copy_(column)
            self._run()
        self._after = [t.clone() for t in self._moving()]
        torch.cuda.synchronize()

    @torch.inference_mode()
    def seconds(self, count: int) -> float:
        """Return how long `count` bytes of each stream take, from behind the prompt on."""
        for buffer, kept in zip(self._moving(), self._after, strict=True):
            buffer.copy_(kept)
        torch.cuda.synchronize()
        began = time.perf_counter()
        for _ in range(count):
            self._run()
        torch.cuda.synchronize()
        return time.perf_counter() - began

    def _moving(self) -> tuple[Tensor, ...]:
        return self.step.byte, self.step.position, self.step.recent

    def _run(self) -> None:
        if self._graph is None:
            self.step()
        else:
            self._graph.replay()


def forget() -> None:
    """Give back to the device what dropped decoders have left."""
    gc.collect()
    torch.cuda.empty_cache()
