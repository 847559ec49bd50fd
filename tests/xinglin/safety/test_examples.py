"""Harmless texts are read from dialogues, notes, plain lines and tables."""

from __future__ import annotations

from pathlib import Path

from xinglin.safety.examples import SENTENCES, read_frames, read_harmless, read_held, read_written
from xinglin.safety.learn import NAMES


def test_a_table_gives_its_names_and_a_file_of_lines_its_lines(tmp_path: Path) -> None:
    table, lines = tmp_path / "herbs.csv", tmp_path / "lines.jsonl"
    table.write_text("name,aliases,味\n人参,人衔、棒槌,甘\n桂枝,,辛\n", "utf-8")
    lines.write_text('{"questions": ["什么是气"], "answers": ["答"]}\n今天天气好\n', "utf-8")

    assert list(read_harmless([table])) == ["人参", "人衔", "棒槌", "桂枝"]
    assert list(read_harmless([lines, lines])) == ["什么是气", "今天天气好"]


def test_whole_frames_are_held_out_and_not_learnt_from() -> None:
    learnt = {text for text, _ in read_frames(SENTENCES / "frames.jsonl", NAMES, 6)}
    held = {text for text, _ in read_frames(SENTENCES / "frames.jsonl", NAMES, 6, held=True)}
    everything = {text for text, _ in read_frames(SENTENCES / "frames.jsonl", NAMES)}

    assert len(held) > 1000
    assert len(learnt & held) < 0.01 * len(held)
    assert len(learnt) < 0.95 * len(everything)


def test_what_is_held_out_is_not_among_what_is_learnt() -> None:
    learnt, held = ({text for text, _ in read(NAMES, 6)} for read in (read_written, read_held))

    assert len(held) > 2000
    assert len(learnt & held) < 0.05 * len(held)
