"""What an account finds, as it is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from knowledge.errors import KnowledgeError
from workers.ask import (
    ask,
    ask_file,
    library_of,
    look_at_library,
    look_for_warnings,
    look_over,
)
from xinglin.settings import Settings

SHOP = Path(__file__).resolve().parents[1] / "knowledge" / "data" / "teashop"
SETTINGS = Settings(account=str(SHOP))


def test_every_step_is_printed_and_turns_go_on() -> None:
    lines: list[str] = []

    status = ask(SETTINGS, ["龍井 多少錢？", "哪里产的"], lines.append)

    text = "\n".join(lines)
    assert status == 0
    assert "seen as    龙井多少钱" in text
    assert "found      cell, band answer" in text
    assert "狮峰龙井 价格" in text and "[茶叶.csv, line 2]" in text
    assert "reply      龙井就是狮峰龙井。狮峰龙井的价格：每斤1280元。" in text
    assert "杭州狮峰山" in lines[-1]


def test_nothing_is_said_so() -> None:
    lines: list[str] = []

    assert ask(SETTINGS, ["帮我写一首诗"], lines.append) == 1
    assert "told by    nothing, fixed" in lines
    assert lines[-1].startswith("reply      这个我不知道")


def test_what_the_model_wrote_and_the_check_said_is_printed() -> None:
    lines: list[str] = []

    ask(SETTINGS, ["外面下大雨了"], lines.append)

    assert sum(line.startswith("draft      ") for line in lines) == 3
    assert any(line.startswith("told by    talk, ") for line in lines)
    assert "<a " not in lines[-1]


def test_a_list_is_counted_and_the_wrong_ones_are_named(tmp_path: Path) -> None:
    path, lines = tmp_path / "list.jsonl", []
    path.write_text(
        '{"question": "龙井多少钱", "expect": ["1280"]}\n'
        '{"question": "大红袍多少钱", "expect": ["99"]}\n',
        "utf-8",
    )

    assert ask_file(SETTINGS, path, lines.append) == 1
    assert lines[0] == "list.jsonl, line 2: 大红袍多少钱"
    assert lines[-1] == "right: 1 of 2 (50.0 %)"


def test_an_account_without_notes_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="no such folder"):
        ask(Settings(account=str(tmp_path)), ["好"], print)


def test_what_an_account_knows_is_told_in_a_phrase(tmp_path: Path) -> None:
    assert look_over(SETTINGS) == f"{SHOP}: 15 notes, 8 rows of tables"
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "n.jsonl").write_text('{"topic": 1}\n')

    with pytest.raises(KnowledgeError, match=r"n\.jsonl, line 1: 'topic' is a text"):
        look_over(Settings(account=str(tmp_path), var=tmp_path))


def test_notes_that_differ_are_named_with_both_places(tmp_path: Path) -> None:
    folder = tmp_path / "knowledge"
    folder.mkdir()
    (folder / "a.csv").write_text("问,答\n有停车位吗,有。\n", "utf-8")
    (folder / "b.csv").write_text("问,答\n有停车位吗,没有。\n", "utf-8")

    (warning,) = look_for_warnings(Settings(account=str(tmp_path)))

    assert "b.csv, line 2" in warning and "a.csv, line 2" in warning
    assert look_for_warnings(SETTINGS) == []


def test_the_library_of_the_account_goes_before_that_of_the_setting(tmp_path: Path) -> None:
    (tmp_path / "account.toml").write_text('name = "店"\nlibrary = "own.library"\n', "utf-8")
    setting = Settings(account=str(tmp_path), library="other.library")

    assert library_of(setting) == "own.library"
    assert library_of(Settings(account=str(SHOP), library="other.library")) == "other.library"
    with pytest.raises(KnowledgeError, match=r"own\.library"):
        look_at_library(setting)
