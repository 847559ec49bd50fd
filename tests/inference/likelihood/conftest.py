"""Engines with tiny random models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inference.engine import Engine, EngineConfig

OpenEngine = Callable[..., Engine]


@pytest.fixture(scope="session")
def open_engine(make_model: Callable[..., Path]) -> Iterator[OpenEngine]:
    """Open an engine for a codec and a backend, once each."""
    opened: dict[tuple[str, str], Engine] = {}

    def open_one(codec: str = "gb18030", backend: str = "cpu") -> Engine:
        if (codec, backend) not in opened:
            config = EngineConfig(backend=backend)
            opened[codec, backend] = Engine.open(make_model(codec=codec, context=64), config)
        return opened[codec, backend]

    yield open_one
    for engine in opened.values():
        engine.close()


@pytest.fixture(scope="session")
def engine(open_engine: OpenEngine) -> Engine:
    return open_engine()
