"""Tiny random models for the engine's tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from inference.model.checkpoint import Checkpoint, write_checkpoint
from inference.model.config import mixing_shapes, ngram_shapes, second_shapes, wygpt_shapes

MakeModel = Callable[..., Path]

CARD = {
    "family": "wygpt",
    "corpora": ["nothing"],
    "bytes_seen": 0,
    "valid": {},
    "licence": "Apache-2.0",
    "version": "1",
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out pairs that are no cases: PTX itself says what some of the devices are."""

    def is_case(item: pytest.Item) -> bool:
        given = getattr(getattr(item, "callspec", None), "params", {})
        library, device = str(given.get("library", "")), given.get("device")
        own = getattr(getattr(item, "module", None), "PTX_DEVICES", ())
        return device is None or not library.startswith("ptx ") or device in own

    items[:] = [item for item in items if is_case(item)]


@pytest.fixture(scope="session")
def make_model(tmp_path_factory: pytest.TempPathFactory) -> MakeModel:
    """Write a model folder with random weights and return it; a list of rows makes it of pairs."""

    def make(
        *,
        codec: str = "gb18030",
        width: int = 32,
        layers: int = 2,
        heads: int = 4,
        context: int = 16,
        ngram_orders: tuple[int, ...] = (),
        ngram_rows: int | tuple[int, ...] = 0,
        seed: int = 0,
        name: str = "tiny",
        endless: bool = False,
        slope: float = 0.0,
        mixing: bool = False,
    ) -> Path:
        path = tmp_path_factory.mktemp("models") / name
        random = np.random.default_rng(seed)
        pairs = isinstance(ngram_rows, tuple)
        tensors = {
            tensor: random.standard_normal(shape).astype(np.float32)
            for tensor, shape in (
                ngram_shapes(width, ngram_orders, ngram_rows)
                | wygpt_shapes(width, layers, heads, context)
                | (second_shapes(width) if pairs else {})
                | (mixing_shapes(width, layers) if mixing else {})
            ).items()
        }
        for tensor in tensors:
            if tensor.endswith(".pe"):
                steepness = slope / 2.0 ** np.arange(heads, dtype=np.float32)
                tensors[tensor] -= steepness[:, None] * np.arange(context, dtype=np.float32)
        if endless:
            # One of the two is above zero, where END and all others are: greedy text never ends.
            for head in ("head", "second.head") if pairs else ("head",):
                tensors[head][:] = 0
                tensors[head][ord("a")] = row = random.standard_normal(width)
                tensors[head][ord("b")] = -row
        sizes = {"width": width, "layers": layers, "heads": heads, "context": context}
        if ngram_orders:
            tables = {"ngram_orders": ngram_orders, "ngram_rows": ngram_rows}
            sizes |= {"family": "wygpt-pair" if pairs else "wygpt-ngram", **tables}
        if mixing:
            sizes["mixing"] = True
        write_checkpoint(path, tensors, {**CARD, **sizes, "codec": codec, "name": name})
        return path

    return make


PAIRS = {"ngram_orders": (1, 3), "ngram_rows": (61, 40)}
"""What makes a model of pairs of `make_model`."""
MIXING = {**PAIRS, "mixing": True}
"""And one whose keys and values are mixed with those of the step before."""


@pytest.fixture(scope="session")
def tiny_model(make_model: MakeModel) -> Path:
    return make_model()


@pytest.fixture(scope="session")
def endless_model(make_model: MakeModel) -> Path:
    """A model that never ends a turn by itself, when `top_e` is 0."""
    return make_model(endless=True)


@pytest.fixture(scope="session")
def tiny(tiny_model: Path) -> Checkpoint:
    return Checkpoint.load(tiny_model)
