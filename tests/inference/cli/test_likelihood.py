import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from inference.cli.main import main

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def model(make_model: Callable[..., Path]) -> Path:
    return make_model(context=64)


@pytest.fixture(autouse=True)
def chosen(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XINGLIN_MODEL", str(model))


CHOOSE = ["choose", "--question", "味", "--option", "甘", "--option", "苦寒"]
FILL = ["fill", "--text", "味____平", "--candidate", "甘", "--candidate", "苦"]
JUDGE = ["judge", "--proposition", "芪味甘", "--negation", "芪味苦"]


def test_choose_prints_its_scores_and_the_answer(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*CHOOSE, "--json", "--form", "chat", "--rule", "sum"]) == 0
    fields = json.loads(capsys.readouterr().out)
    scores = [option["sum"] for option in fields["options"]]
    assert [option["text"] for option in fields["options"]] == ["甘", "苦寒"]
    assert (fields["rule"], fields["form"]) == ("sum", "chat")
    assert fields["best"] == scores.index(max(scores))
    assert fields["margin"] == pytest.approx(max(scores) - min(scores))

    assert main([*CHOOSE, "--form", "chat", "--rule", "sum"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("A ")
    assert f"{scores[0]:9.2f}" in lines[2]
    letter = "AB"[fields["best"]]
    assert lines[-1].startswith(f"answer: {letter} ")


def test_choose_answers_a_file_and_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "questions.jsonl"
    lines = [{"question": "味", "choices": ["甘", "苦寒"], "answer": answer} for answer in "AB"]
    file.write_text("\n".join(map(json.dumps, lines)), "utf-8")

    assert main(["choose", "--file", str(file), "--json"]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted(one["right"] for one in found) == [False, True]

    assert main(["choose", "--file", str(file)]) == 0
    assert (
        capsys.readouterr().out.splitlines()[-1].startswith("right: 50.0% (9.5% to 90.5%, n = 2)")
    )


def test_fill_prints_probabilities(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*FILL, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["fillings"]
    assert {one["text"] for one in found} == {"甘", "苦"}
    assert sum(one["probability"] for one in found) == pytest.approx(1)

    assert main(FILL) == 0
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert [row[-1] for row in rows] == [one["text"] for one in found]
    assert [row[0] for row in rows] == [f"{one['probability']:.2%}" for one in found]


def test_fill_draws_candidates_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fill", "--text", "味____平", "--count", "40"]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("more; --json shows all")


def test_judge_prints_its_margin_and_the_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*JUDGE, "--json", "--sure-bits", "0"]) == 0
    fields = json.loads(capsys.readouterr().out)
    assert fields["verdict"] == ("true" if fields["margin"] > 0 else "false")

    assert main([*JUDGE, "--sure-bits", "1000"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].endswith("against 芪味苦")
    assert lines[-1].startswith(f"verdict: unsure ({fields['margin']:+.2f} bits")


def test_judge_makes_contradictions_of_the_terms_of_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "terms.json"
    file.write_text('{"groups": ["左 右"], "names": []}', "utf-8")

    assert main(["judge", "--proposition", "向左", "--terms", str(file), "--json"]) == 0
    fields = json.loads(capsys.readouterr().out)
    assert (fields["source"], fields["contrasts"][0]["text"]) == ("terms", "向右")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([*CHOOSE, "--backend", "echo"], "the echo backend has no model"),
        ([*FILL, "--backend", "echo"], "the echo backend has no model"),
        ([*JUDGE, "--backend", "echo"], "the echo backend has no model"),
        ([*CHOOSE, "--model", "nowhere"], "model 'nowhere': there is no folder"),
        (["choose", "--question", "", "--option", "a"], "the question is empty"),
        (["choose", "--question", "味"], "0 options were given; give at least 2"),
        ([*CHOOSE, "--option", "\ud800"], "the option is not UTF-8"),
        (["choose", "--file", "/nonexistent", "--option", "a"], "--option goes with --question"),
        (["choose", "--file", "/nonexistent"], "/nonexistent: it cannot be read"),
        (["fill", "--text", "味平"], "the text has no blank"),
        ([*FILL, "--blank", ""], "the mark of the blank is empty"),
        (["fill", "--text", "味_", "--count", "0"], "samples is 0"),
        (["judge", "--proposition", "你好"], "no rule contradicts this proposition"),
        ([*JUDGE, "--sure-bits", "nan"], "sure_bits is nan"),
        ([*JUDGE, "--terms", "/nonexistent"], "/nonexistent: no terms can be read"),
    ],
)
def test_mistake_gets_one_sentence(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) != 0
    out, err = capsys.readouterr()
    assert out == ""
    assert [line for line in err.splitlines() if sentence in line]
    assert "Traceback" not in err


def test_arguments_are_utf_8_in_any_locale(model: Path) -> None:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("LC_", "LANG", "PYTHON"))}
    strict = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "inference", *FILL, "--model", str(model)],
        cwd=ROOT,
        env=env | strict,
        capture_output=True,
        check=False,
    )
    assert done.stderr == b""
    assert {line.split()[-1] for line in done.stdout.decode("utf-8").splitlines()} == {"甘", "苦"}
