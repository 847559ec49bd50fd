"""Small memories for the coder's tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from inference.compression.memory_build import build_memory

MakeMemory = Callable[..., Path]


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
