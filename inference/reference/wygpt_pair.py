"""The `wygpt-pair` family in NumPy: one step of the model reads two bytes.

A text's bytes are taken in pairs. The layers are those of `wygpt`, a position is a pair. The first
byte of the next pair comes from the last step's output; its second byte from the same output and
the first byte, through one gate more. A model may mix: each step's keys and values then take in a
part of the step's before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from inference.model.checkpoint import Checkpoint
from inference.model.config import PAIR_FAMILY
from inference.model.hashing import pair_embedding
from inference.model.ngram import pick_pair_rows
from inference.reference.wygpt import Array, Ring, Wygpt, group_norm
from inference.reference.wygpt_int8 import WygptInt8

if TYPE_CHECKING:
    _Base = Wygpt
else:
    _Base = object


class PairSteps(_Base):
    """Steps of a model of pairs that differ from those of bytes; goes before `Wygpt`."""

    def __init__(self, checkpoint: Checkpoint, *options: Any) -> None:
        """Prepare the weights; see `Wygpt`."""
        super().__init__(checkpoint, *options)
        self.embedding = pair_embedding(self.card.width).astype(self.dtype)
        self._second_embedding = checkpoint.tensors["second.embedding"].astype(self.dtype)
        names = [f"blocks.{i}.b.mix" for i in range(self.card.layers)] if self.card.mixing else []
        self._mix_tables = [checkpoint.tensors[name].astype(self.dtype) for name in names]

    def new_ring(self) -> Ring:
        """Return the empty context of a new text."""
        ring = super().new_ring()
        if self.card.mixing:
            ring.raw = np.zeros((self.card.layers, 2, self.card.width), self.dtype)
        return ring

    def extend(self, ring: Ring, data: bytes) -> Array:
        """Read `data` after what the ring has seen; returns (N, 256) logits, one row a byte.

        After the first byte of a pair the row is of its second byte, after the second byte of the
        next pair's first.
        """
        with np.errstate(over="ignore", invalid="ignore"):  # `_logits` refuses what comes of it
            rows = [self._extend(ring, part) for part in self._parts(data)]
        return np.concatenate(rows) if rows else np.empty((0, 256), self.dtype)

    def prefill(self, ring: Ring, data: bytes) -> Array:
        """Read `data` (at least one byte); returns (256,) logits of the byte that follows it."""
        with np.errstate(over="ignore", invalid="ignore"):  # `_logits` refuses what comes of it
            for part in self._parts(data):
                _, outputs = self._advance(ring, part)
            if ring.pending:
                return np.asarray(self._second(outputs[-1:], ring.pending)[0])
            return np.asarray(self._logits(outputs[-1:])[0])

    def _extend(self, ring: Ring, part: bytes) -> Array:
        known = len(ring.pending)
        text, outputs = self._advance(ring, part)
        rows = np.empty((len(text), 256), self.dtype)
        firsts = text[0::2]
        rows[0::2] = self._second(outputs[: len(firsts)], firsts)
        if len(outputs) > 1:
            rows[1::2] = self._logits(outputs[1:])
        return rows[known:]

    def _advance(self, ring: Ring, part: bytes) -> tuple[bytes, Array]:
        """Read whole pairs, the waiting byte in front.

        Returns:
            The waiting byte and `part`; (1 + T, E) what left the layers: at the step before them,
            zeros when there was none, and at their T steps.
        """
        text = ring.pending + part
        whole = len(text) // 2 * 2
        before = ring.output
        outputs = np.zeros((1, self.card.width), self.dtype) if before is None else before[None]
        if whole:
            outputs = np.concatenate((outputs, self._read(ring, text[:whole])))
        ring.output, ring.pending = outputs[-1], text[whole:]
        return text, outputs

    def _embed(self, before: bytes, part: bytes) -> Array:
        """(T, E): the fixed vectors of a pair's bytes, and the rows that the last pairs pick."""
        pairs = np.frombuffer(part, np.uint8).reshape(-1, 2)
        x: Array = self.embedding[pairs[:, 0]] + self.embedding[256 + pairs[:, 1].astype(np.intp)]
        card = self.card
        x += self._picked(pick_pair_rows(before, part, card.ngram_orders, card.table_rows))
        return x

    def _mixed(self, ring: Ring, layer: int, raw: Array) -> Array:
        """Add to each step's keys and values a part of the step's before, as it was projected."""
        if ring.raw is None:
            return raw
        width = self.card.width
        found = raw.copy()
        for part, begin in enumerate((0, 2 * width)):
            columns = raw[:, begin : begin + width]
            before = np.concatenate((ring.raw[layer, part][None], columns[:-1]))
            found[:, begin : begin + width] += self._mix_tables[layer][part] * before
            ring.raw[layer, part] = columns[-1]
        return found

    def _second(self, outputs: Array, firsts: bytes) -> Array:
        """(T, E) outputs and the T first bytes that follow: (T, 256) logits of the second bytes."""
        z = group_norm(outputs, 1) + self._second_embedding[np.frombuffer(firsts, np.uint8)]
        return self._logits(self._gate("second", z), "second.head")


class WygptPair(PairSteps, Wygpt):
    """Pairs of bytes to logits, in float."""


class WygptPairInt8(PairSteps, WygptInt8):
    """Pairs of bytes to logits, in the int8 arithmetic."""


def float_model(checkpoint: Checkpoint, dtype: type[np.floating[Any]] = np.float32) -> Wygpt:
    """Return the float model of a checkpoint's family."""
    kind = WygptPair if checkpoint.config.family == PAIR_FAMILY else Wygpt
    return kind(checkpoint, dtype)


def int8_model(checkpoint: Checkpoint) -> WygptInt8:
    """Return the model of a checkpoint's family in the int8 arithmetic."""
    kind = WygptPairInt8 if checkpoint.config.family == PAIR_FAMILY else WygptInt8
    return kind(checkpoint)
