"""What an account finds, as it is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.errors import KnowledgeError
from workers.ask import ask, ask_file

SHOP = Path(__file__).resolve().parents[1] / "knowledge" / "data" / "teashop"


def test_every_step_is_printed_and_turns_go_on() -> None:
    lines: list[str] = []

    status = ask(SHOP, ["龍井 多少錢？", "哪里产的"], lines.append)

    text = "\n".join(lines)
    assert status == 0
    assert "seen as    龙井多少钱" in text
    assert "found      cell, band answer" in text
    assert "狮峰龙井 价格" in text and "[茶叶.csv, line 2]" in text
    assert "reply      龙井就是狮峰龙井。狮峰龙井的价格：每斤1280元。" in text
    assert "杭州狮峰山" in lines[-1]


def test_nothing_is_said_so() -> None:
    lines: list[str] = []

    assert ask(SHOP, ["帮我写一首诗"], lines.append) == 1
    assert lines[-1] == "reply      (nothing on this)"


def test_a_list_is_counted_and_the_wrong_ones_are_named(tmp_path: Path) -> None:
    path, lines = tmp_path / "list.jsonl", []
    path.write_text(
        '{"question": "龙井多少钱", "expect": ["1280"]}\n'
        '{"question": "大红袍多少钱", "expect": ["99"]}\n',
        "utf-8",
    )

    assert ask_file(SHOP, path, lines.append) == 1
    assert lines[0] == "list.jsonl, line 2: 大红袍多少钱"
    assert lines[-1] == "right: 1 of 2 (50.0 %)"


def test_an_account_without_notes_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="no such folder"):
        ask(tmp_path, ["好"], print)
