"""Bytes that a step of the GPU engine reads; Markdown and JSON of what was measured."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from benchmarks.gpu.graph.ceiling import Ceiling, Device, Roof
from inference.model.checkpoint import Checkpoint
from inference.model.config import ModelConfig

SEATS = 8
"""Most streams of a block of the engine."""

OURS = "xinglin"


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes that a model's traffic depends on.

    Attributes:
        weights: bytes of int8 matrices, which every block reads for each step.
        reaches: of every layer and head, how many positions back it looks.
        entry: bytes of one head's key and value of one position, their scales counted.
    """

    weights: int
    reaches: tuple[int, ...]
    entry: int

    @classmethod
    def of(cls, checkpoint: Checkpoint) -> Sizes:
        """Return a model's; the engine leaves out what weighs nothing (csrc/cuda/packing.cpp)."""
        card = checkpoint.config
        reaches = []
        for layer in range(card.layers):
            for bias in checkpoint.tensors[f"blocks.{layer}.b.pe"]:
                least = bias.max() - np.float32(2 * math.sqrt(card.width // card.heads) + 20)
                reaches.append(int(np.flatnonzero(bias >= least).max()) + 1)
        depth = -(-(card.width // card.heads) // 16) * 16
        return cls(matrix_bytes(card), tuple(reaches), 2 * depth + 8)

    def kept(self, context: float) -> float:
        """Bytes of keys and values that a step of one stream reads at this context."""
        return self.entry * sum(min(reach, context) for reach in self.reaches)


def matrix_bytes(card: ModelConfig) -> int:
    """Bytes of the int8 matrices, which are also the multiplications for one byte."""
    return 11 * card.layers * card.width**2 + 256 * card.width


def block_count(batch: int, processors: int) -> int:
    """Blocks that the engine launches for so many streams."""
    seats = min(SEATS, -(-batch // processors))
    return -(-batch // seats)


@dataclass(slots=True)
class Row:
    """One batch at one context, and what everybody came to.

    Attributes:
        batch: streams.
        context: bytes of each prompt.
        rounds: for each way, bytes a second of all streams together, a figure a round.
        prompts: prompt bytes a second of ours, a figure a round.
        between: context of ours in the mean over streams and rounds, while it was timed.
        failed: why a way has no figure.
    """

    batch: int
    context: int
    rounds: dict[str, list[float]] = field(default_factory=dict)
    prompts: list[float] = field(default_factory=list)
    between: list[float] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def speed(self, way: str) -> float | None:
        """Return the median of the rounds."""
        found = self.rounds.get(way)
        return statistics.median(found) if found else None


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was measured.

    Attributes:
        sizes: of the model.
        names: of the ways that take part, by key; ours first.
        device: the GPU; None when it could not be asked.
        ceiling: None when it could not be measured.
        absent: who does not take part, and why.
        rows: what was measured so far.
    """

    sizes: Sizes
    names: Mapping[str, str]
    device: Device | None
    ceiling: Ceiling | None
    absent: Mapping[str, str]
    rows: list[Row] = field(default_factory=list)

    def markdown(self) -> str:
        """Return the tables, and who is absent."""
        peers = [key for key in self.names if key != OURS]
        speeds = [["batch", "context", OURS, "µs a byte", *(self.names[key] for key in peers)]]
        limits = [["batch", "context", "read", "of it keys and values", "limit", "of the ceiling"]]
        limits[0].append("prompts")
        for row in self.rows:
            start = [str(row.batch), str(row.context)]
            ours = row.speed(OURS)
            step_us = None if ours is None else 1e6 * row.batch / ours
            beside = [_beside(row.speed(key), ours) for key in peers]
            speeds.append([*start, _number(ours), _number(step_us, 1), *beside])
            limits.append([*start, *self._limits(row, ours)])
        failed = {
            f"{self.names[key]}, batch {row.batch}, context {row.context}: {why}"
            for row in self.rows
            for key, why in row.failed.items()
        }
        absent = {f"{key} is absent: {why}" for key, why in self.absent.items()}
        return "\n\n".join([_table(speeds), _table(limits), *sorted(absent | failed)])

    def json(self) -> dict[str, Any]:
        """Return everything, every round."""
        rows = [
            asdict(row)
            | {"medians": {key: row.speed(key) for key in row.rounds}, "roof": self._roof_json(row)}
            for row in self.rows
        ]
        return {
            "device": asdict(self.device) if self.device else None,
            "ceiling": self.ceiling.report() if self.ceiling else None,
            "sizes": asdict(self.sizes),
            "ways": dict(self.names),
            "absent": dict(self.absent),
            "rows": rows,
        }

    def _roof(self, row: Row) -> Roof | None:
        if self.device is None or self.ceiling is None or not row.between:
            return None
        blocks = block_count(row.batch, self.device.processors)
        return self.ceiling.roof(self.device, blocks, self.sizes.weights, self._kept(row))

    def _roof_json(self, row: Row) -> dict[str, Any] | None:
        roof = self._roof(row)
        return asdict(roof) if roof else None

    def _kept(self, row: Row) -> float:
        return row.batch * self.sizes.kept(statistics.median(row.between))

    def _limits(self, row: Row, ours: float | None) -> list[str]:
        """GB/s in all and of keys and values, what limits, its share, and prompt bytes a second."""
        if ours is None or not row.between:
            return ["–"] * 5
        prompts = _number(statistics.median(row.prompts))
        steps = ours / row.batch
        kept = self._kept(row) * steps / 1e9
        roof = self._roof(row)
        if self.device is None or roof is None:
            return ["–", f"{kept:,.1f} GB/s", "–", "–", prompts]
        blocks = block_count(row.batch, self.device.processors)
        read = kept + blocks * self.sizes.weights * steps / 1e9
        share = f"{100 * roof.seconds * steps:.1f} %"
        return [f"{read:,.1f} GB/s", f"{kept:,.1f} GB/s", roof.limit, share, prompts]


def _beside(theirs: float | None, ours: float | None) -> str:
    """Return a peer's speed, and how many times ours is."""
    if theirs is None:
        return "–"
    return _number(theirs) + (f" ({ours / theirs:.1f} x)" if ours else "")


def _number(value: float | None, digits: int = 0) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _table(rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([lines[0], f"|{' ---: |' * len(rows[0])}", *lines[1:]])
