"""A tea shop served by the shipped model."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from training.evaluation.service.asking import Asking, Service

ROOT = Path(__file__).resolve().parents[4]
MODEL = ROOT / "models" / "tcm"
SHOP = ROOT / "tests" / "knowledge" / "data" / "teashop"


@pytest.fixture(scope="session")
def shop() -> Iterator[Service]:
    with Service(MODEL, str(SHOP), Asking()) as service:
        yield service


@pytest.fixture(scope="session")
def tcm() -> Iterator[Service]:
    with Service(MODEL, "tcm", Asking()) as service:
        yield service
