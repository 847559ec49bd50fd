"""`python -m inference memory build` and `score --mixed`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inference.cli.main import main
from inference.compression.memory import Memory

TEXT = "桂枝汤方：桂枝三两，芍药三两。" * 9


@pytest.fixture(autouse=True)
def use(tiny_model: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Make the tiny model the one that is used, and an empty folder the current one."""
    monkeypatch.setenv("XINGLIN_MODEL", str(tiny_model))
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text(TEXT, "utf-8")


def test_memory_is_of_the_models_codec_or_of_the_one_that_is_named() -> None:
    assert main(["memory", "build", "a.txt", "--out", "m"]) == 0
    assert Memory(Path("m")).codec == "gb18030"
    assert main(["memory", "build", "a.txt", "--out", "m", "--codec", "utf-8", "--force"]) == 0
    assert Memory(Path("m")).codec == "utf-8"


def test_mistakes_get_a_sentence_and_leave_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    Path("there").write_text("mine")
    for arguments, sentence in (
        (["a.txt", "--out", "there"], "there: it is there already"),
        (["nothing", "--out", "m"], "nothing: it cannot be read"),
        (["a.txt", "--out", "m", "--model", "nowhere"], "there is no folder"),
    ):
        assert main(["memory", "build", *arguments]) == 1
        assert f"error: {sentence}" in capsys.readouterr().err or "nowhere" in arguments
    assert sorted(map(str, Path().iterdir())) == ["a.txt", "there"]
    assert Path("there").read_text() == "mine"


def test_score_says_the_bits_of_compress_with_and_without_a_memory(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["memory", "build", "a.txt", "--out", "m"]) == 0
    reports = []
    for options in ([], ["--mixed"], ["--mixed", "--memory", "m"]):
        assert main(["score", *options, "a.txt"]) == 0
        reports.append(json.loads(capsys.readouterr().out))
    alone, mixed, remembered = (report["bits_per_character"] for report in reports)
    assert alone > mixed > remembered
    assert (reports[1]["memory"], reports[2]["memory"]) == (None, Memory(Path("m")).digest.hex())
    assert "mixed" not in reports[0]

    assert main(["compress", "--memory", "m", "a.txt", "packed"]) == 0
    coded = remembered * len(TEXT) / 8
    assert coded < Path("packed").stat().st_size < coded + 80


def test_memory_without_mixing_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "--memory", "a.txt", "a.txt"]) == 1
    assert "--memory goes with --mixed" in capsys.readouterr().err
