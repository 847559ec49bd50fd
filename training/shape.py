"""Sizes of a model of each family, its tensors, and the weights that training begins with."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from inference.model.config import is_matrix, ngram_shapes, wygpt_shapes
from training.errors import ModelError

VOCABULARY = 256

Tensors = dict[str, NDArray[np.float32]]
"""Weights by their names in `model.safetensors`, matrices divided by the root of their fan-in."""


@dataclass(frozen=True, slots=True)
class WygptShape:
    """Sizes of a model: E width, L layers, H heads, C context (bytes that attention reaches).

    With n-gram tables (`inference/model/ngram.py`): their orders, and rows of each.
    """

    width: int = 192
    layers: int = 7
    heads: int = 4
    context: int = 512
    ngram_orders: tuple[int, ...] = ()
    ngram_rows: int = 0

    def __post_init__(self) -> None:
        _check_sizes(self)
        object.__setattr__(self, "ngram_orders", tuple(self.ngram_orders))  # JSON gives lists
        if bool(self.ngram_orders) != bool(self.ngram_rows):
            raise ModelError("n-gram tables need both orders and rows; give both or neither")
        _check_orders(self.width, self.ngram_orders)

    @property
    def family(self) -> str:
        """Name of the architecture in a model card."""
        return "wygpt-ngram" if self.ngram_orders else "wygpt"

    @property
    def step_bytes(self) -> int:
        """Bytes that one step of the trunk reads."""
        return 1

    @property
    def mixing(self) -> bool:
        """True if keys and values are mixed with those of the step before."""
        return False

    @property
    def tables(self) -> tuple[tuple[int, int], ...]:
        """Order and rows of each n-gram table."""
        return tuple((order, self.ngram_rows) for order in self.ngram_orders)

    @property
    def parameters(self) -> int:
        """Count of trained numbers."""
        return count_numbers(self)

    def card_fields(self) -> dict[str, object]:
        """Return the sizes as the fields of a model card."""
        fields = {"family": self.family, **asdict(self)}
        if not self.ngram_orders:
            del fields["ngram_orders"], fields["ngram_rows"]
        return fields


@dataclass(frozen=True, slots=True)
class PairShape:
    """Sizes of a model whose trunk reads two bytes a step: E, L, H, C (steps), and its tables.

    The orders of the tables count pairs; each has rows of its own number. Where `mixing`, keys and
    values of a step are mixed with those of the step before.
    """

    width: int = 192
    layers: int = 5
    heads: int = 4
    context: int = 512
    ngram_orders: tuple[int, ...] = (1, 2, 3)
    ngram_rows: tuple[int, ...] = (6144, 4096, 3072)
    mixing: bool = False

    def __post_init__(self) -> None:
        _check_sizes(self)
        object.__setattr__(self, "ngram_orders", tuple(self.ngram_orders))
        object.__setattr__(self, "ngram_rows", tuple(self.ngram_rows))
        if len(self.ngram_orders) != len(self.ngram_rows) or min(self.ngram_rows, default=1) < 1:
            raise ModelError("each n-gram order needs a number of rows of its own, at least 1")
        _check_orders(self.width, self.ngram_orders)

    @property
    def family(self) -> str:
        """Name of the architecture in a model card."""
        return "wygpt-pair"

    @property
    def step_bytes(self) -> int:
        """Bytes that one step of the trunk reads."""
        return 2

    @property
    def tables(self) -> tuple[tuple[int, int], ...]:
        """Order and rows of each n-gram table."""
        return tuple(zip(self.ngram_orders, self.ngram_rows, strict=True))

    @property
    def parameters(self) -> int:
        """Count of trained numbers."""
        return count_numbers(self)

    def card_fields(self) -> dict[str, object]:
        """Return the sizes as the fields of a model card."""
        return {"family": self.family, **asdict(self)}


Shape = WygptShape | PairShape


def tensor_shapes(shape: Shape) -> dict[str, tuple[int, int]]:
    """Return the shape of every tensor, by name."""
    width = shape.width
    shapes = wygpt_shapes(width, shape.layers, shape.heads, shape.context)
    if isinstance(shape, WygptShape):
        return ngram_shapes(width, shape.ngram_orders, shape.ngram_rows) | shapes
    tables = {f"ngram.{order}": (rows, width // len(shape.tables)) for order, rows in shape.tables}
    second = {
        "second.embedding": (VOCABULARY, width),
        "second.u": (2 * width, width),
        "second.o": (width, width),
        "second.head": (VOCABULARY, width),
    }
    mixes = {f"blocks.{i}.b.mix": (2, width) for i in range(shape.layers if shape.mixing else 0)}
    return tables | shapes | mixes | second


def count_numbers(shape: Shape) -> int:
    """Count of trained numbers."""
    return sum(rows * columns for rows, columns in tensor_shapes(shape).values())


def initial_tensors(shape: Shape, seed: int) -> Tensors:
    """Return the weights that training begins with.

    Matrices that read are normal; those that write back, heads and tables are zero, so that a
    model begins as the identity and says nothing.
    """
    rng = np.random.default_rng(seed)
    found: Tensors = {}
    for name, (rows, columns) in tensor_shapes(shape).items():
        if name.endswith(".pe"):
            found[name] = sloped_bias(rows, columns)
        elif name.endswith((".u", ".x")):
            found[name] = rng.standard_normal((rows, columns), np.float32)
            found[name] /= np.float32(math.sqrt(columns))
        else:
            found[name] = np.zeros((rows, columns), np.float32)
    return found


def sloped_bias(heads: int, context: int) -> NDArray[np.float32]:
    """Return the (H, C) distance bias that training begins with: a falling line for each head.

    The slopes go down from 1/2 in even steps of their logarithm, over a range of 2^8, so that some
    heads look at the nearest bytes and others far back. A flat beginning costs much: the biases
    move by the learning rate a step, and until they have learnt that near bytes count most, every
    head sees an average of its whole context (`docs/model-study.md`). Source: Press et al. 2022,
    ALiBi, arXiv:2108.12409.
    """
    slopes = 2.0 ** (-8.0 * (np.arange(heads) + 0.5) / heads)
    return (-slopes[:, None] * np.arange(context)).astype(np.float32)


def divided(tensors: Tensors) -> Tensors:
    """Return what the format stores as training keeps it: matrices over the root of the fan-in."""
    return {name: tensor / _fan_in_root(name, tensor) for name, tensor in tensors.items()}


def undivided(tensors: Tensors) -> Tensors:
    """Return the weights as the format stores them; the inverse of `divided`."""
    return {name: tensor * _fan_in_root(name, tensor) for name, tensor in tensors.items()}


def _fan_in_root(name: str, tensor: NDArray[np.float32]) -> np.float32:
    return np.float32(math.sqrt(tensor.shape[1]) if is_matrix(name) else 1.0)


def _check_sizes(shape: Shape) -> None:
    for name in ("width", "layers", "heads", "context"):
        if getattr(shape, name) < 1:
            raise ModelError(f"{name} is {getattr(shape, name)}; it must be at least 1")
    if shape.width % shape.heads:
        raise ModelError(f"width {shape.width} is not a multiple of heads {shape.heads}")


def _check_orders(width: int, orders: tuple[int, ...]) -> None:
    if orders and width % len(orders):
        raise ModelError(f"width {width} is no multiple of the {len(orders)} n-gram orders")
    if any(order < 1 for order in orders) or any(one >= two for one, two in pairwise(orders)):
        raise ModelError(f"n-gram orders {list(orders)} must be positive and ascend")
