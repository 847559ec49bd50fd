"""Harmless texts are read from dialogues, notes, plain lines and tables."""

from __future__ import annotations

from pathlib import Path

from xinglin.safety.examples import read_harmless


def test_a_table_gives_its_names_and_a_file_of_lines_its_lines(tmp_path: Path) -> None:
    table, lines = tmp_path / "herbs.csv", tmp_path / "lines.jsonl"
    table.write_text("name,aliases,味\n人参,人衔、棒槌,甘\n桂枝,,辛\n", "utf-8")
    lines.write_text('{"questions": ["什么是气"], "answers": ["答"]}\n今天天气好\n', "utf-8")

    assert list(read_harmless([table])) == ["人参", "人衔", "棒槌", "桂枝"]
    assert list(read_harmless([lines, lines])) == ["什么是气", "今天天气好"]
