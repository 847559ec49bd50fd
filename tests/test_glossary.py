"""The glossary's terms are the words of the code, and the words they replaced are gone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "glossary.md"
ROOMS = ("bot", "xinglin", "knowledge", "workers", "inference", "training")
CODE = (".py", ".lua", ".h", ".cpp", ".cu", ".cuh")
SAFETY = ROOT / "xinglin" / "safety"  # its lexicons hold everybody's words


def rows() -> list[list[str]]:
    """The cells of the tables: term, meaning, where, not."""
    lines = PAGE.read_text("utf-8").splitlines()
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if "| " in line
    ]
    return [row for row in cells if row[0] not in ("term", "---")]


def texts() -> dict[Path, str]:
    """The product's code and the documentation, but for the glossary and what is history."""
    code = [path for room in ROOMS for path in (ROOT / room).rglob("*") if path.suffix in CODE]
    pages = [path for path in (ROOT / "docs").rglob("*.md") if path != PAGE]
    files = [path for path in [*code, *pages] if SAFETY not in path.parents]
    return {path: path.read_text("utf-8") for path in files}


TEXTS = texts()
BANNED = [word.strip("` ") for row in rows() for word in row[3].split(",") if word.strip()]


def holds(text: str, word: str) -> bool:
    pattern = re.escape(word).replace(r"\ ", r"[\s_]+(?:[#*/]+\s*)?")
    return re.search(rf"(?<![A-Za-z]){pattern}(?![A-Za-z])", text, re.IGNORECASE) is not None


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_a_term_occurs_in_the_file_that_its_row_names(row: list[str]) -> None:
    term, _, where, _ = row
    text = (ROOT / where.strip("`")).read_text("utf-8")

    assert any(holds(text, one) for one in (term, f"{term}s", term.replace(" ", ""))), term


@pytest.mark.parametrize("word", BANNED)
def test_a_replaced_word_is_gone(word: str) -> None:
    found = [str(path.relative_to(ROOT)) for path, text in TEXTS.items() if holds(text, word)]

    assert found == [], word


def test_there_are_terms_and_words_to_judge() -> None:
    assert len(rows()) > 30
    assert len(BANNED) > 10
    assert holds("the key_value of KV caches, a KV\n# cache", "KV cache")
