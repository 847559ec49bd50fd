"""Small memories and tiny engines for the tests of coders and streams."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from inference.compression import frames
from inference.compression.memory_build import build_memory
from inference.config import EngineConfig
from inference.engine import Engine
from tests.inference.compression.streams import MakeMemory, MakeModel, OpenEngine


@pytest.fixture(scope="session")
def make_memory(tmp_path_factory: pytest.TempPathFactory) -> MakeMemory:
    """Count texts into a file and return it."""

    def make(*texts: str, codec: str = "gb18030") -> Path:
        folder = tmp_path_factory.mktemp("memories")
        files = [folder / f"{i}.txt" for i in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_text(text, "utf-8", newline="")
        with (folder / "memory").open("wb") as sink:
            build_memory(files, sink, codec)
        return folder / "memory"

    return make


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
