"""The reviewed sentences of docs/redlines.md, one by one."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from xinglin.policy import danger
from xinglin.safety.rules import asks_prescription, concerns_a_body, find_danger

TABLE = Path(__file__).resolve().parents[2] / "docs" / "redlines.md"
ROWS = re.findall(
    r"^\| (.+?) \| ([a-z][a-z-]*) \|$", TABLE.read_text(encoding="utf-8"), re.MULTILINE
)
# What is right for a child or an unborn one may be said under another urgent heading too.
URGENT = frozenset({"infant", "pregnancy"})


def verdict(text: str) -> str:
    if category := find_danger(text):
        return category.name
    return "prescription" if asks_prescription(text) else "model"


@pytest.mark.parametrize(("text", "expected"), ROWS)
def test_a_reviewed_sentence_gets_its_answer(text: str, expected: str) -> None:
    found = verdict(text)

    if expected == "emergency" or expected in URGENT:
        assert found not in ("model", "prescription"), text
    else:
        assert found == expected
    answer = danger(text)
    assert (answer is None) is (expected == "model")
    if answer is not None:
        assert re.search("120|12356|不能为你诊断", answer)


def test_each_red_line_has_its_own_answer_for_most_of_its_sentences() -> None:
    for name in ("infant", "pregnancy"):
        found = Counter(verdict(text) == name for text, expected in ROWS if expected == name)
        assert found[True] >= 3 * found[False], name


def test_the_table_is_large_and_has_near_misses() -> None:
    kinds = Counter(expected for _, expected in ROWS)

    assert sum(kinds.values()) >= 150
    assert kinds["model"] >= 50
    assert min(kinds[k] for k in ("self-harm", "prescription", "pregnancy", "infant")) >= 15
    assert len({text for text, _ in ROWS}) == len(ROWS)


@pytest.mark.parametrize(
    ("text", "advised"),
    [
        ("我最近总是失眠", True),
        ("我妈腰疼好几年了", True),
        ("老公膝盖肿", True),
        ("黄芪的性味", False),
        ("桂枝汤治什么", False),
        ("五行相生相克", False),
        ("我喜欢读黄帝内经", False),
    ],
)
def test_a_complaint_of_somebodys_own_gets_advice_under_the_answer(
    text: str, advised: bool
) -> None:
    assert concerns_a_body(text) is advised
