"""Whatever stops an owner is said in English and in Chinese, from one place in the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from xinglin.bilingual import Notice, both, in_chinese, unwritable
from xinglin.errors import AccountError, SettingsError, told

ROOT = Path(__file__).resolve().parents[2]
# Errors that end a command or a start, and are read by whoever typed it.
TOLD = frozenset({
    "SettingsError", "EmbeddedError", "AccountError", "ClickException", "UsageError",
    "StoreUnavailable", "HistoryKeyError",
})  # fmt: skip
WORDS = Notice("the cup is full", "杯子满了")


@pytest.mark.parametrize(
    ("env", "first"),
    [
        ({}, "the cup is full"),
        ({"LANG": "en_US.UTF-8"}, "the cup is full"),
        ({"LANG": "zh_CN.UTF-8"}, "杯子满了"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "the cup is full"),
        ({"LANG": "C", "LC_MESSAGES": "zh_TW"}, "杯子满了"),
    ],
)
def test_both_languages_are_said_that_of_the_terminal_first(
    env: dict[str, str], first: str
) -> None:
    lines = both(WORDS, env)

    assert lines[0] == first
    assert set(lines) == {"the cup is full", "杯子满了"}


def test_a_sentence_without_chinese_is_said_once() -> None:
    assert both("plain", {"LANG": "zh_CN"}) == ["plain"]
    assert in_chinese("plain") == "plain"
    assert both(Notice("7.2.4", "7.2.4"), {}) == ["7.2.4"]


def test_an_error_tells_every_sentence_in_both(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")

    assert told(SettingsError(WORDS)) == "the cup is full\n杯子满了"
    assert told(AccountError([WORDS, "a.csv"])) == "the cup is full\n杯子满了\na.csv"


def test_a_place_that_cannot_be_written_is_named_with_what_to_do() -> None:
    said = unwritable("/srv/x", PermissionError(13, "Permission denied"))

    for words, why in ((said, "Permission denied"), (said.zh, "没有权限")):
        assert "/srv/x" in words
        assert why in words
        assert "chown" in words


def raised() -> Iterator[tuple[str, str, ast.expr]]:
    """Yield place, name of the error and what it is given, of each that an owner reads."""
    for room in ("bot", "xinglin", "workers"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and node.args:
                    name = ast.unparse(node.func).rpartition(".")[2]
                    if name in TOLD:
                        place = f"{path.relative_to(ROOT)}:{node.lineno}"
                        yield place, name, node.args[0]


def test_no_error_that_an_owner_reads_is_in_english_alone() -> None:
    found = list(raised())
    plain = [
        f"{place} {name}"
        for place, name, said in found
        if isinstance(said, (ast.Constant, ast.JoinedStr, ast.BinOp))
    ]

    assert len(found) > 60
    assert plain == []


def test_each_notice_has_chinese_beside_its_english() -> None:
    """Its first part is English, and its second is written in Chinese characters."""
    seen = 0
    for room in ("bot", "xinglin", "workers"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not (isinstance(node, ast.Call) and ast.unparse(node.func) == "Notice"):
                    continue
                if any(isinstance(argument, ast.BinOp) for argument in node.args):
                    continue  # joined from two that were judged elsewhere
                texts = ["".join(_literals(argument)) for argument in node.args]
                if len(texts) == 2 and all(re.search(r"\w", text) for text in texts):
                    seen += 1
                    assert re.search("[一-鿿]", texts[1]), f"{path}:{node.lineno}"
                    assert len(texts[0]) > len(texts[1]) / 3, f"{path}:{node.lineno}"

    assert seen > 100


def _literals(node: ast.expr) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            yield part.value
