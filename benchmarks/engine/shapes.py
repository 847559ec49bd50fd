"""Shapes of models, and folders of random weights in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inference.model.checkpoint import load_config, write_checkpoint
from inference.model.config import wygpt_shapes


@dataclass(frozen=True, slots=True)
class Shape:
    """Sizes that a model's speed depends on.

    Attributes:
        name: what the tables call it.
        width: E.
        layers: L.
        heads: H.
        context: C, bytes that attention reaches.
        folder: of a model in this shape; none: random weights.
    """

    name: str
    width: int
    layers: int
    heads: int
    context: int
    folder: Path | None = None

    @property
    def ffn(self) -> int:
        """Inner width that gives a Llama block as many weights as one of ours: 11 E^2."""
        return self.width * 7 // 3

    @property
    def products(self) -> int:
        """Multiplications of matrices for one byte, which are also the bytes of int8 weights."""
        return 11 * self.layers * self.width**2 + 256 * self.width

    def attended(self, context: int) -> int:
        """Bytes of int8 keys and values that one byte reads at this context."""
        return 2 * self.layers * self.width * context

    def __str__(self) -> str:
        return f"{self.name} ({self.width} x {self.layers})"


DEEP = Shape("deep", 96, 29, 4, 512)
WIDE = Shape("wide", 192, 7, 4, 512)


def shape_of(folder: Path) -> Shape:
    """Return the shape of a model on disk."""
    card = load_config(folder)
    return Shape(card.name, card.width, card.layers, card.heads, card.context, folder)


def write_random(shape: Shape, folder: Path) -> None:
    """Write a model folder with random weights, the same ones each time."""
    random = np.random.default_rng(7)
    sizes = (shape.width, shape.layers, shape.heads, shape.context)
    tensors = {
        name: random.standard_normal(size).astype(np.float32) * (0.1 if name.endswith("pe") else 1)
        for name, size in wygpt_shapes(*sizes).items()
    }
    card = {
        "family": "wygpt",
        "codec": "gb18030",
        "width": shape.width,
        "layers": shape.layers,
        "heads": shape.heads,
        "context": shape.context,
        "corpora": [],
        "bytes_seen": 0,
        "valid": {},
        "licence": "CC0-1.0",
        "name": f"random-{shape.name}",
        "version": "0",
    }
    write_checkpoint(folder, tensors, card)
