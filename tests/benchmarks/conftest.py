"""Fixtures of the GPU benchmark's tests: random models, its kernels on an emulated device."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.gpu.graph.build import FOLDER
from inference.backends.native_library import Library
from inference.model.checkpoint import Checkpoint, write_checkpoint
from inference.model.config import ngram_shapes, wygpt_shapes
from tests.tools import emulator

RandomModel = Callable[..., Checkpoint]

SOURCE = Path(__file__).parent / "csrc" / "emulated_graph.cpp"


@pytest.fixture
def random_model(tmp_path: Path) -> RandomModel:
    """Write a model of two layers with random weights and load it."""

    def make(width: int, heads: int, context: int, orders: tuple[int, ...] = ()) -> Checkpoint:
        path = tmp_path / f"{width}-{heads}-{context}-{len(orders)}"
        random = np.random.default_rng(width)
        shapes = ngram_shapes(width, orders, 61) | wygpt_shapes(width, 2, heads, context)
        tensors = {
            name: random.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()
        }
        card = {
            "family": "wygpt-ngram" if orders else "wygpt",
            "width": width,
            "layers": 2,
            "heads": heads,
            "context": context,
            "codec": "gb18030",
            "name": "tiny",
            "corpora": [],
            "bytes_seen": 0,
            "valid": {},
            "licence": "Apache-2.0",
            "version": "1",
        }
        if orders:
            card |= {"ngram_orders": orders, "ngram_rows": 61}
        write_checkpoint(path, tensors, card)
        return Checkpoint.load(path)

    return make


@pytest.fixture(scope="session")
def emulated_gpu() -> Library:
    """The GPU's library with an emulated device."""
    return Library(emulator.build_emulated())


@pytest.fixture(scope="session")
def small_kernels() -> Path:
    """The small kernels on an emulated device, built once for each state of the sources."""

    def make(folder: Path) -> Path:
        objects = emulator.compile_objects([SOURCE], folder, include=[emulator.EMULATOR, FOLDER])
        return emulator.link_library(objects, folder)

    texts = [*emulator.texts(), *sorted(FOLDER.glob("*.*h")), SOURCE]
    return emulator.build_once(f"small_kernels-{emulator.digest_of(texts)}.so", make)
