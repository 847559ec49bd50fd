"""Quotations are looked up in their books."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.library import build
from tests.knowledge.library.books import write_books
from tests.training.evaluation.service.conftest import MODEL
from training.evaluation.service.asking import Asking, Service
from training.evaluation.service.quotations import measure_quotations

ASKED = ("不寐怎么讲", "石竹根什么味", "晚上睡不着怎么办")


@pytest.fixture
def books(tmp_path: Path) -> Path:
    folder = tmp_path / "books"
    folder.mkdir()
    write_books(folder)
    return folder


def test_a_quotation_stands_so_in_its_book(books: Path, tmp_path: Path) -> None:
    build(tmp_path / "library", [books])

    with Service(MODEL, "tcm", Asking(), tmp_path / "library") as service:
        whole = measure_quotations(service, [books], ASKED)
        for path in books.iterdir():
            path.write_text(path.read_text("utf-8").replace("，", "、"), "utf-8")
        changed = measure_quotations(service, [books], ASKED)

    assert whole.asked == changed.asked > 0
    assert whole.met
    assert changed.hits < whole.hits
