"""A model that was taught to read says so in its card."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.model.checkpoint import Checkpoint
from tests.tools.pair_models import write_random_pair
from training.cli import main


@pytest.fixture
def knowledge(tmp_path: Path) -> Path:
    """Notes and a table of an inn, one note longer than a window."""
    folder = tmp_path / "inn"
    folder.mkdir()
    notes = [f"问：{n}号房几点退\n答：{n}号房中午退，晚些要先说。" for n in range(40)]
    notes.append(f"问：来历\n答：{'这家店开了很久，' * 200}")
    (folder / "notes.md").write_text("\n\n".join(notes), "utf-8")
    rows = [f"菜{n},{n}元,{'辣' if n % 3 else ''}" for n in range(20)]
    (folder / "menu.csv").write_text("\n".join(["name,价格,口味", *rows]), "utf-8")
    return folder


def test_finetune_with_knowledge_makes_a_reader(
    corpora: Path, knowledge: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = write_random_pair(tmp_path / "base", codec="utf-16-be", context=300)
    command = ["finetune", "--model", str(base), "--data", str(corpora)]
    command += ["--knowledge", str(knowledge), "--out", str(tmp_path / "reader")]
    command += ["--work", str(tmp_path / "run"), "--threads", "1", "--bytes", "3000"]
    command += ["--batch-bytes", "1024", "--curriculum", "1:128", "--refusals", "0.2"]

    assert main(command) == 0

    card = Checkpoint.load(tmp_path / "reader").config
    assert card.evidence and card.answers
    assert {"reading-notes", "reading-facts", "reading-refusals"} <= set(card.corpora)
    assert any(name.startswith("notes answers") for name in card.valid)
    text = (tmp_path / "reader" / "README.md").read_text("utf-8")
    assert "answers a question from pieces of evidence" in text and "| reading |" in text
    assert "notes answers" in capsys.readouterr().out


def test_refusals_and_knowledge_that_cannot_be_are_told_in_a_sentence(
    corpora: Path, knowledge: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    base = write_random_pair(tmp_path / "base", codec="utf-16-be", context=300)
    start = ["finetune", "--model", str(base), "--data", str(corpora), "--bytes", "3000"]
    start += ["--out", str(tmp_path / "reader")]
    for more, words in (
        (["--knowledge", str(tmp_path / "none")], "no such folder"),
        (["--knowledge", str(knowledge), "--refusals", "1"], "the share of refusals is 1.0"),
    ):
        assert main([*start, *more]) == 2
        assert words in capsys.readouterr().err
    assert not (tmp_path / "reader").exists()


def test_a_reader_learns_from_its_own_mistakes(
    corpora: Path, knowledge: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reader = write_random_pair(tmp_path / "reader", codec="utf-16-be", context=1000, evidence=True)
    made = ["--data", str(corpora), "--knowledge", str(knowledge)]
    told = str(tmp_path / "mistakes.jsonl")

    assert main(["mistakes", "--model", str(reader), *made, "--out", told, "--count", "3"]) == 0
    assert "wrote" in capsys.readouterr().out
    learn = ["finetune", "--model", str(reader), *made, "--mistakes", told, "--threads", "1"]
    learn += ["--out", str(tmp_path / "next"), "--work", str(tmp_path / "run")]
    assert main([*learn, "--bytes", "3000", "--batch-bytes", "1024", "--curriculum", "1:128"]) == 0

    assert "reading-mistakes" in Checkpoint.load(tmp_path / "next").config.corpora


def test_mistakes_that_cannot_be_made_or_learnt_are_told_in_a_sentence(
    corpora: Path, knowledge: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = write_random_pair(tmp_path / "bare", codec="utf-16-be", context=300)
    made = ["--data", str(corpora), "--knowledge", str(knowledge), "--out", str(tmp_path / "m")]

    assert main(["mistakes", "--model", str(bare), *made]) == 2
    assert "was not taught to read evidence" in capsys.readouterr().err
    assert main(["mistakes", "--model", str(bare), *made, "--count", "0"]) == 2
    assert "--count is 0" in capsys.readouterr().err
    folder = ["--data", str(corpora), "--out", str(tmp_path / "n"), "--bytes", "3000"]
    assert main(["finetune", "--model", str(bare), *folder, "--mistakes", "m.jsonl"]) == 2
    assert "--mistakes goes with --knowledge" in capsys.readouterr().err
    assert not (tmp_path / "m").exists()
