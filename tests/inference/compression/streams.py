"""Helpers of the tests of streams: a text, bytes that a model expects, a look into a file."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, settings

from inference.compression.format import Frame, Reader
from inference.engine import Engine

MakeModel = Callable[..., Path]
OpenEngine = Callable[..., Engine]
MakeMemory = Callable[..., Path]

TEXT = "桂枝汤方：桂枝三两，芍药三两，甘草二两，生姜三两，大枣十二枚。\r\n"
MANY = settings(
    max_examples=10,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def likely(engine: Engine, count: int, seed: int = 0) -> bytes:
    """Return bytes that the model might have written itself: they compress."""
    coder = engine.coder(mixed=False)
    coder.load(np.random.default_rng(seed).bytes(2 * count))
    return coder.decode(count)


def kinds(code: bytes) -> list[str]:
    reader, found = Reader(io.BytesIO(code)), []
    while True:
        record = reader.record()
        found.append(record.kind if isinstance(record, Frame) else "model")
        if isinstance(record, Frame) and record.last:
            return found
