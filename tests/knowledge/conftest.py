"""The account that comes with the project, found in once for all tests of the package."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.check import Checker
from knowledge.find import Finder
from knowledge.notes import Knowledge
from knowledge.reading import read_folder

ROOT = Path(__file__).resolve().parents[2]
TCM = ROOT / "accounts" / "tcm" / "knowledge"


@pytest.fixture(scope="session")
def tcm() -> Knowledge:
    return read_folder(TCM)


@pytest.fixture(scope="session")
def finder(tcm: Knowledge) -> Finder:
    return Finder(tcm)


@pytest.fixture(scope="session")
def checker(tcm: Knowledge) -> Checker:
    return Checker(tcm)
