"""Decodes many texts in step with the float32 model, whatever the sampling rule.

The engine has the product's rules only; a study of others needs the probabilities themselves.
The model is that of `inference/reference/wygpt.py`; only attention differs: one row a text.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.automaton import FINISHED, FORBIDDEN, START, Automaton
from inference.model.checkpoint import Checkpoint
from inference.model.config import LONGEST_NGRAM
from inference.reference.sampler import SplitMix64, draw
from inference.reference.wygpt import Array, Wygpt, group_norm, softmax

Weights = NDArray[np.float64]
Rule = Callable[[NDArray[Any], NDArray[np.bool_], bytes], Weights]
"""Logits (256,), allowed (256,), and the bytes so far, to the weights to draw from (256,)."""


@dataclass(frozen=True, slots=True)
class Start:
    """A prompt that was read: its bytes, the context after it, (256,) logits of what follows."""

    prompt: bytes
    keys: Array
    values: Array
    logits: Array


@dataclass(frozen=True, slots=True)
class Continuation:
    """Text written after a prompt.

    Attributes:
        text: without the end of turn; a character under way at the limit is finished.
        ended: whether the model ended the turn.
        bits: minus log2 of its probability under the model as it is, END included.
    """

    text: str
    ended: bool
    bits: float


class BatchedWygpt(Wygpt):
    """The reference model, a row of every matrix product for each of B texts."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        super().__init__(checkpoint)
        self.automaton = Automaton.for_codec(checkpoint.codec)
        self._keys = self._values = np.empty(0, np.float32)
        self._lengths = np.empty(0, np.int64)

    def start(self, prompt: bytes) -> Start:
        """Read one prompt, shorter than the context."""
        ring = self.new_ring()
        logits = super().prefill(ring, prompt)
        keys, values = (array[:, :, : ring.end].copy() for array in ring.arrays)
        return Start(prompt, keys, values, logits)

    def write(
        self, starts: Sequence[Start], rule: Rule, *, max_bytes: int, seed: int
    ) -> list[Continuation]:
        """Continue each prompt by `rule`, at most `max_bytes` bytes; text i draws from seed + i.

        Raises:
            ValueError: a prompt and its continuation do not fit into the context.
        """
        room = max(len(start.prompt) for start in starts) + max_bytes + 4
        if room > self.card.context:
            raise ValueError(f"{room} bytes do not fit into a context of {self.card.context}")
        self._fill(starts, room)
        texts = [_Text(start, seed + i, self.automaton) for i, start in enumerate(starts)]
        rows, logits = list(range(len(texts))), np.stack([start.logits for start in starts])
        while rows:
            for i, row in zip(rows, logits, strict=True):
                if texts[i].running:
                    texts[i].add(row, rule, max_bytes)
            rows = self._drop_finished(rows, texts)
            if rows:
                logits = self._step([bytes(texts[i].data[-LONGEST_NGRAM:]) for i in rows])
        return [text.result() for text in texts]

    def _fill(self, starts: Sequence[Start], room: int) -> None:
        """Lay the contexts side by side: (L, B, H, R, r) keys and values."""
        card = self.card
        shape = (card.layers, len(starts), card.heads, room, self.head_width)
        self._keys, self._values = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self._lengths = np.array([len(start.prompt) for start in starts])
        for i, start in enumerate(starts):
            self._keys[:, i, :, : len(start.prompt)] = start.keys
            self._values[:, i, :, : len(start.prompt)] = start.values

    def _drop_finished(self, rows: list[int], texts: Sequence[_Text]) -> list[int]:
        """Close the gaps once half of the rows are finished: it copies every context."""
        keep = [at for at, i in enumerate(rows) if texts[i].running]
        if keep and len(keep) * 2 > len(rows):
            return rows
        self._keys, self._values = self._keys[:, keep], self._values[:, keep]
        self._lengths = self._lengths[keep]
        return [rows[at] for at in keep]

    def _step(self, ends: Sequence[bytes]) -> Array:
        """Read the last byte of each text, of which n-grams need the end; returns (B, 256)."""
        x = np.concatenate([self._embed(end[:-1], end[-1:]) for end in ends])
        for layer in range(self.card.layers):
            x = self._gate(f"blocks.{layer}.a", x)
            x = self._attend_rows(layer, x)
            x = self._gate(f"blocks.{layer}.c", x)
        self._lengths = self._lengths + 1
        return self._logits(x)

    def _attend_rows(self, layer: int, x: Array) -> Array:
        """As `_attend`, but each row of x (B, E) is the newest position of a text of its own."""
        heads, count = self.card.heads, len(x)
        z = group_norm(self._linear(f"blocks.{layer}.b.x", x), 4 * heads)
        key, query, value, gate = (
            part.reshape(count, heads, -1) for part in np.split(z, 4, axis=-1)
        )
        rows, last = np.arange(count), int(self._lengths.max()) + 1
        self._keys[layer, rows, :, self._lengths] = key
        self._values[layer, rows, :, self._lengths] = value
        scale = np.float32(1.0 / np.sqrt(self.head_width))
        scores = (self._keys[layer, :, :, :last] @ (query * scale)[..., None])[..., 0]
        distance = self._lengths[:, None] - np.arange(last)
        bias = self._bias[f"blocks.{layer}.b.pe"][:, np.maximum(distance, 0)].transpose(1, 0, 2)
        scores = np.where(distance[:, None] >= 0, scores + bias, np.float32(-np.inf))
        mixed = (softmax(scores)[:, :, None] @ self._values[layer, :, :, :last])[:, :, 0]
        joined = (mixed * gate).reshape(count, -1)
        return x + self._linear(f"blocks.{layer}.b.o", group_norm(joined, heads))


class _Text:
    """One text under way."""

    def __init__(self, start: Start, seed: int, automaton: Automaton) -> None:
        self.data = bytearray(start.prompt)
        self._prompt, self._automaton, self._state = len(start.prompt), automaton, START
        self._generator, self._bits = SplitMix64(seed), 0.0
        self.running = True

    def add(self, logits: Array, rule: Rule, max_bytes: int) -> None:
        """Draw a byte."""
        allowed = self._automaton.next[self._state] != FORBIDDEN
        weights = rule(logits, allowed, bytes(self.data))
        byte = draw(weights, self._generator.uniform())
        exact = logits.astype(np.float64)
        exact -= exact.max()
        self._bits -= (exact[byte] - np.log(np.exp(exact).sum())) / np.log(2)
        self.data.append(byte)
        self._state = int(self._automaton.next[self._state, byte])
        whole = self._state == START and len(self.data) - self._prompt >= max_bytes
        self.running = self._state != FINISHED and not whole

    def result(self) -> Continuation:
        made = bytes(self.data[self._prompt :])
        text = made[: self._automaton.whole(made)].decode(self._automaton.codec)
        return Continuation(text, self._state == FINISHED, self._bits)
