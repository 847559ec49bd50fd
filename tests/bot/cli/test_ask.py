"""`xinglin ask` needs neither a service nor Redis."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.cli.main import main
from tests.xinglin.account.shop import write_shop
from xinglin.policy import danger

SHOP = Path(__file__).resolve().parents[2] / "knowledge" / "data" / "teashop"


def test_a_question_is_answered(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ask", "--account", str(SHOP), "大红袍怎么泡"]) == 0
    assert "沸水" in capsys.readouterr().out


def test_a_list_is_run(capsys: pytest.CaptureFixture[str]) -> None:
    main(["ask", "--account", str(SHOP), "--file", str(SHOP / "questions.jsonl")])

    assert "right: 4" in capsys.readouterr().out


def test_a_list_is_seen_by_the_web_side_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_shop(tmp_path / "shop")
    path = tmp_path / "list.jsonl"
    path.write_text(
        '{"question": "电话多少", "expect": ["0571"]}\n'
        '{"question": "误喝了农药怎么办", "refuse": true}\n',
        "utf-8",
    )

    assert main(["ask", "--account", str(folder), "--file", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert lines[0].startswith("right  web     rule")
    assert lines[2].startswith("right  web     danger")
    assert lines[-1] == "right: 2 of 2 (100.0 %)"


@pytest.mark.parametrize("arguments", [[], ["x", "--file", str(SHOP / "questions.jsonl")]])
def test_questions_or_a_list_are_wanted(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", *arguments]) == 2
    assert "--file" in capsys.readouterr().err


def test_a_broken_account_is_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "knowledge").mkdir()
    (tmp_path / "knowledge" / "a.jsonl").write_text("{", "utf-8")

    assert main(["ask", "--account", str(tmp_path), "好"]) == 2
    assert "a.jsonl, line 1: no JSON" in capsys.readouterr().err


def test_what_the_web_side_answers_comes_first_and_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = write_shop(tmp_path / "shop")
    asked = ("帮助", "有白茶吗", "误喝了农药怎么办", "竞品怎么样", "[微笑]")

    assert main(["ask", "--account", str(folder), *asked]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert [line[11:] for line in lines if line.startswith("question ")] == list(asked)
    for line in ("command    help", "danger     poisoning", "blocked", "wordless"):
        assert line in lines
    assert f"reply      {danger('误喝了农药怎么办')}".splitlines()[0] in lines
    assert "reply      有福鼎白茶。" in lines
    assert lines[-1] == "reply      (nothing)"
