"""Tiny engines for the tests of coders and streams."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from inference.compression import frames
from inference.config import EngineConfig
from inference.engine import Engine
from tests.inference.compression.streams import MakeModel, OpenEngine


@pytest.fixture(scope="module")
def open_engine(make_model: MakeModel) -> Iterator[OpenEngine]:
    engines: dict[tuple[str, str, int], Engine] = {}

    def open_one(backend: str = "auto", codec: str = "gb18030", seed: int = 0) -> Engine:
        key = (backend, codec, seed)
        if key not in engines:
            sizes = {"width": 16, "layers": 1, "heads": 2, "context": 24}
            path = make_model(codec=codec, seed=seed, name=f"{codec}-{seed}", **sizes)
            engines[key] = Engine.open(path, EngineConfig(backend=backend))
        return engines[key]

    yield open_one
    for engine in engines.values():
        engine.close()


@pytest.fixture
def always_coded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Code every frame, also where the tiny random model makes it longer."""
    monkeypatch.setattr(frames, "_WORTH", -(1 << 30))
