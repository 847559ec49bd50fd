"""The tables of the pages are those of the measurements, and other figures stand in one place."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from benchmarks.tables import PAGES, ROOT, filled, tables

_LINK = re.compile(r"\]\(([\w./-]+\.md)\)")
_FIGURE = re.compile(r"\d[\d,.]*\d|\d")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_has_the_measured_tables(page: Path) -> None:
    text = page.read_text("utf-8")

    assert "<!-- table: " in text
    assert filled(text) == text, "python -m benchmarks.tables"


def test_a_figure_that_was_changed_by_hand_does_not_stay() -> None:
    page = PAGES[0].read_text("utf-8")
    speed = tables()["engine-short"].splitlines()[2].split(" | ")[1]

    assert speed in page
    assert filled(page.replace(speed, "99,999")) == page


def test_a_figure_of_the_readme_stands_on_the_page_that_it_is_from() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    rows = readme.partition("| what | figure | from |")[2].partition("\n\n")[0].splitlines()[2:]

    assert len(rows) > 6
    for row in rows:
        _, what, figure, source, _ = row.split("|")
        pages = " ".join((ROOT / name).read_text("utf-8") for name in _LINK.findall(source))
        lost = [one for one in _FIGURE.findall(figure) if one not in pages]
        assert lost == [], what
