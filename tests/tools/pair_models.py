"""Random models of family `wygpt-pair`, for tests and measurements."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.model.checkpoint import write_checkpoint
from inference.model.config import mixing_shapes, ngram_shapes, second_shapes, wygpt_shapes


def random_pair_tensors(
    *,
    width: int = 32,
    layers: int = 2,
    heads: int = 4,
    context: int = 16,
    ngram_orders: tuple[int, ...] = (1, 2, 3),
    ngram_rows: tuple[int, ...] = (61, 40, 30),
    mixing: bool = False,
    seed: int = 0,
) -> dict[str, NDArray[np.float32]]:
    """Return normally distributed tensors by name."""
    random = np.random.default_rng(seed)
    shapes = ngram_shapes(width, ngram_orders, ngram_rows)
    shapes |= wygpt_shapes(width, layers, heads, context) | second_shapes(width)
    shapes |= mixing_shapes(width, layers) if mixing else {}
    return {n: random.standard_normal(shape).astype(np.float32) for n, shape in shapes.items()}


def write_random_pair(
    path: Path,
    *,
    codec: str = "utf-16-le",
    name: str = "pairs",
    width: int = 24,
    layers: int = 2,
    heads: int = 2,
    context: int = 16,
    ngram_orders: tuple[int, ...] = (1, 2, 3),
    ngram_rows: tuple[int, ...] = (61, 40, 30),
    mixing: bool = False,
    evidence: bool = False,
    seed: int = 0,
) -> Path:
    """Write a model folder with random weights and return it."""
    sizes = {"width": width, "layers": layers, "heads": heads, "context": context}
    tables = {"ngram_orders": ngram_orders, "ngram_rows": ngram_rows}
    tensors = random_pair_tensors(**sizes, **tables, mixing=mixing, seed=seed)
    card = {
        "family": "wygpt-pair",
        "codec": codec,
        "name": name,
        "version": "1",
        "corpora": ["nothing"],
        "bytes_seen": 0,
        "valid": {},
        "licence": "Apache-2.0",
        "evidence": evidence,
    }
    write_checkpoint(path, tensors, {**card, **sizes, **tables, "mixing": mixing})
    return path
