"""A library of three small books."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from knowledge.library import Library
from tests.knowledge.library.books import POISONS, make_library


@pytest.fixture(scope="session")
def library_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file; tests that change it take a copy."""
    return make_library(tmp_path_factory.mktemp("library"))


@pytest.fixture
def library(library_file: Path) -> Iterator[Library]:
    """The library, opened with the names of its poisons."""
    with Library(library_file, POISONS) as opened:
        yield opened
