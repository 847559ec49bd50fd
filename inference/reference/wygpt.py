"""The `wygpt` families in NumPy: the definition of right that every backend is held against.

Formulas: Wang Yi's wyGPT (public domain), as published, without its int16 rounding; n-gram
tables: `ngram.py`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.errors import KernelError
from inference.model.checkpoint import Checkpoint
from inference.model.config import LONGEST_NGRAM, is_matrix
from inference.model.hashing import byte_embedding
from inference.model.ngram import pick_rows

Array = NDArray[Any]

EPSILON = 1e-12
"""Added to the variance of a group norm."""

CHUNK = 64
"""Most steps that go through the layers at once."""


class Ring:
    """Keys and values of the last C - 1 positions, and of those being read.

    Two contexts of room; what is still needed moves to the front when the room is used up. Of a
    model that reads pairs also `output`, (E,) what left the layers at the last step (None before
    the first), `pending`, the byte after it that waits for its second, and of one that mixes `raw`,
    (L, 2, E) the keys and values of the last step as they were projected.
    """

    def __init__(self, context: int, arrays: tuple[Array, ...]) -> None:
        """Take zeroed arrays of shape (L, H, R, any), R positions of room each."""
        self.context = context
        self.arrays = arrays
        self.end = 0
        self.seen = 0
        self.tail = b""
        self.pending = b""
        self.output: Array | None = None
        self.raw: Array | None = None

    def make_room(self, count: int) -> None:
        """Free room for `count` more positions."""
        room = self.arrays[0].shape[2]
        if self.end + count <= room:
            return
        kept = min(self.end, self.context - 1)
        for array in self.arrays:
            array[:, :, :kept] = array[:, :, self.end - kept : self.end].copy()
        self.end = kept

    def advance(self, part: bytes, count: int) -> None:
        """Count the positions of `part` as read, and keep the last bytes for n-grams."""
        self.end += count
        self.seen += count
        self.tail = (self.tail + part)[-LONGEST_NGRAM:]


class Wygpt:
    """Bytes to next-byte logits, one text at a time per `Ring`."""

    def __init__(self, checkpoint: Checkpoint, dtype: type[np.floating[Any]] = np.float32) -> None:
        """Prepare the weights: each matrix divided by the square root of its fan-in.

        Args:
            checkpoint: a loaded model.
            dtype: float32, or float64 to measure the float32 version with.
        """
        card = checkpoint.config
        self.card = card
        self.dtype = np.dtype(dtype)
        self.head_width = card.width // card.heads
        self.embedding = byte_embedding(card.width).astype(dtype)
        self._bias = {
            name: tensor.astype(dtype)
            for name, tensor in checkpoint.tensors.items()
            if name.endswith(".pe")
        }
        self._tables = [checkpoint.tensors[f"ngram.{n}"].astype(dtype) for n in card.ngram_orders]
        self._prepare({n: t for n, t in checkpoint.tensors.items() if is_matrix(n)})

    def new_ring(self) -> Ring:
        """Return the empty context of a new text."""
        return self._ring(self.head_width, self.head_width)

    def extend(self, ring: Ring, data: bytes) -> Array:
        """Read `data` after what the ring has seen; returns (N, 256) logits, one row a byte."""
        with np.errstate(over="ignore", invalid="ignore"):  # `_logits` refuses what comes of it
            rows = [self._logits(self._read(ring, p)) for p in self._parts(data)]
        return np.concatenate(rows) if rows else np.empty((0, 256), self.dtype)

    def prefill(self, ring: Ring, data: bytes) -> Array:
        """Read `data` (at least one byte); returns (256,) logits of the byte that follows it."""
        with np.errstate(over="ignore", invalid="ignore"):  # `_logits` refuses what comes of it
            for part in self._parts(data):
                x = self._read(ring, part)
            logits: Array = self._logits(x[-1:])[0]
        return logits

    def _read(self, ring: Ring, part: bytes) -> Array:
        """Take the bytes of T steps through the layers; returns (T, E)."""
        count = len(part) // self.card.step_bytes
        ring.make_room(count)
        x = self._embed(ring.tail, part)
        for layer in range(self.card.layers):
            x = self._gate(f"blocks.{layer}.a", x)
            x = self._attend(ring, layer, x)
            x = self._gate(f"blocks.{layer}.c", x)
        ring.advance(part, count)
        return x

    def _embed(self, before: bytes, part: bytes) -> Array:
        """(T, E): each byte's fixed vector, and the rows that the last bytes pick."""
        x: Array = self.embedding[np.frombuffer(part, np.uint8)]
        if self._tables:
            picked = pick_rows(before, part, self.card.ngram_orders, self.card.table_rows)
            x += self._picked(picked)
        return x

    def _picked(self, picked: NDArray[np.intp]) -> Array:
        """(T, E): the rows of all tables, side by side."""
        rows = [table[at] for table, at in zip(self._tables, picked, strict=True)]
        return np.concatenate(rows, axis=-1)

    def _logits(self, x: Array, head: str = "head") -> Array:
        logits = self._linear(head, group_norm(x, 1))
        if not np.isfinite(logits).all():
            raise KernelError(f"the model {self.card.name!r} came to a logit that is not finite")
        return logits

    def _parts(self, data: bytes) -> Iterator[bytes]:
        """Cut into what goes through the layers at once."""
        size = min(CHUNK, self.card.context) * self.card.step_bytes
        for begin in range(0, len(data), size):
            yield data[begin : begin + size]

    def _gate(self, name: str, x: Array) -> Array:
        """Add o norm(z1 * z2) to x (T, E), where z1, z2 are the halves of norm(u x)."""
        heads = self.card.heads
        z = group_norm(self._linear(f"{name}.u", x), 2 * heads)
        first, second = np.split(z, 2, axis=-1)
        return x + self._linear(f"{name}.o", group_norm(first * second, heads))

    def _attend(self, ring: Ring, layer: int, x: Array) -> Array:
        """Causal attention with a bias per head and distance, and an output gate. x: (T, E)."""
        heads, count = self.card.heads, len(x)
        raw = self._mixed(ring, layer, self._linear(f"blocks.{layer}.b.x", x))
        z = group_norm(raw, 4 * heads)
        key, query, value, gate = np.split(z, 4, axis=-1)
        self._store(ring, layer, self._by_head(key), self._by_head(value))
        first = max(0, ring.end - (self.card.context - 1))
        last = ring.end + count
        scores = self._scores(ring, layer, self._by_head(query), first, last)
        scores = scores + self._distance_bias(layer, count, last - first)
        mixed = self._mix(ring, layer, softmax(scores), first, last)
        joined = mixed.transpose(1, 0, 2).reshape(count, -1)
        return x + self._linear(f"blocks.{layer}.b.o", group_norm(joined * gate, heads))

    def _mixed(self, ring: Ring, layer: int, raw: Array) -> Array:  # noqa: ARG002 - see pairs
        """Return attention's (T, 4E) projections as they go on: here as they are."""
        return raw

    def _by_head(self, x: Array) -> Array:
        """(T, E) to (H, T, r)."""
        return x.reshape(len(x), self.card.heads, -1).transpose(1, 0, 2)

    def _distance_bias(self, layer: int, count: int, reach: int) -> Array:
        """(H, T, N) bias of the last T of N positions; minus infinity for future and forgotten."""
        bias = self._bias[f"blocks.{layer}.b.pe"]
        position = np.arange(reach)
        distance = position[-count:, None] - position[None, :]
        inside = (distance >= 0) & (distance < self.card.context)
        spread = bias[:, np.where(inside, distance, 0)]
        return np.where(inside, spread, np.array(-np.inf, self.dtype))

    # What the int8 arithmetic does in another way:

    def _prepare(self, matrices: dict[str, NDArray[np.float32]]) -> None:
        self._weights = {
            name: (matrix.astype(np.float64) / math.sqrt(matrix.shape[1])).astype(self.dtype)
            for name, matrix in matrices.items()
        }

    def _ring(self, *widths: int) -> Ring:
        card = self.card
        room = card.context - 1 + max(card.context, min(CHUNK, card.context))
        shape = (card.layers, card.heads, room)
        return Ring(card.context, tuple(np.zeros((*shape, w), self.dtype) for w in widths))

    def _linear(self, name: str, x: Array) -> Array:
        """(T, D) times the named (O, D) matrix: (T, O)."""
        y: Array = x @ self._weights[name].T
        return y

    def _store(self, ring: Ring, layer: int, key: Array, value: Array) -> None:
        """Append (H, T, r) keys and values behind `ring.end`."""
        span = slice(ring.end, ring.end + key.shape[1])
        ring.arrays[0][layer, :, span] = key
        ring.arrays[1][layer, :, span] = value

    def _scores(self, ring: Ring, layer: int, query: Array, first: int, last: int) -> Array:
        """(H, T, N): query times key over sqrt(r), before the bias."""
        key = ring.arrays[0][layer, :, first:last]
        scale = self.dtype.type(1.0 / math.sqrt(self.head_width))
        scores: Array = (query * scale) @ key.transpose(0, 2, 1)
        return scores

    def _mix(self, ring: Ring, layer: int, weights: Array, first: int, last: int) -> Array:
        """(H, T, N) weights times the values: (H, T, r)."""
        mixed: Array = weights @ ring.arrays[1][layer, :, first:last]
        return mixed


def group_norm(x: Array, groups: int) -> Array:
    """Normalise each of `groups` equal parts of the last axis to mean 0, variance 1; no gain."""
    parts = x.reshape(*x.shape[:-1], groups, -1)
    centred = parts - parts.mean(axis=-1, keepdims=True)
    variance = np.square(centred).mean(axis=-1, keepdims=True)
    normed: Array = centred / np.sqrt(variance + x.dtype.type(EPSILON))
    return normed.reshape(x.shape)


def softmax(scores: Array) -> Array:
    """Softmax over the last axis, its maximum taken off first."""
    powers = np.exp(scores - scores.max(axis=-1, keepdims=True))
    shares: Array = powers / powers.sum(axis=-1, keepdims=True)
    return shares


def log2_softmax(logits: Array) -> NDArray[np.float64]:
    """Return log2 of the softmax over the last axis, in float64."""
    exact = logits.astype(np.float64)
    exact = exact - exact.max(axis=-1, keepdims=True)
    logs: NDArray[np.float64] = exact - np.log(np.exp(exact).sum(axis=-1, keepdims=True))
    return logs / math.log(2)
