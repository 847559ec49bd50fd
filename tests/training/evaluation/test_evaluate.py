import json
import shutil
from pathlib import Path

import pytest

from training.cli import main


@pytest.fixture
def prompts(tmp_path):
    path = tmp_path / "prompts.txt"
    path.write_text("你好\n黄芪有什么功效？\n", encoding="utf-8")
    return path


POOL = Path(__file__).resolve().parents[1] / "data" / "pool"


@pytest.fixture
def account(tmp_path):
    """A swimming pool's, with a few questions."""
    folder = tmp_path / "pool"
    shutil.copytree(POOL, folder)
    table = "name,价格,开放时间\n深水池,30元,早上\n儿童池,20元,下午\n"
    (folder / "knowledge" / "prices.csv").write_text(table, "utf-8")
    (folder / "lists").mkdir()
    lines = (folder / "questions.jsonl").read_text("utf-8").splitlines()
    (folder / "lists" / "everyday.jsonl").write_text("\n".join(lines[:6]), "utf-8")
    return folder


@pytest.fixture
def run(account, model, data, prompts, tmp_path):
    def run(*options, out="out"):
        files = ["--model", str(model), "--data", str(data), "--prompts", str(prompts)]
        files += ["--account", str(account), "--questions", str(account / "lists")]
        return main(["evaluate", *files, "--out", str(tmp_path / out), *options])

    return run


def test_evaluate_prints_json_and_markdown(run, tmp_path, capsys):
    status = run("--backend", "reference", out="scores.json")

    assert status == 0
    found = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))
    # A random model spends more than eight bits on each of a character's two bytes.
    assert 10 < found["measured"]["reference"]["classics"]["bits_per_character"] < 60
    assert [sample["prompt"] for sample in found["samples"]] == ["你好", "黄芪有什么功效？"]
    assert "| classics | reference |" in capsys.readouterr().out


@pytest.mark.slow
def test_all_writes_a_folder_that_a_rerun_does_not_change(run, data, tmp_path):
    question = {"question": "肾在液为", "choices": ["唾", "泪"], "answer": "A"}
    (data / "cmmlu-tcm.dev.jsonl").write_text(json.dumps(question), encoding="utf-8")

    assert run("--all", "--reference-characters", "20") == 0
    first = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert run("--all", "--reference-characters", "20") == 0

    names = {"bits.png", "replies.png", "report.json", "report.md", "samples.md", "verdicts.json"}
    assert set(first) == names
    again = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert without_times(again) == without_times(first)
    found = json.loads(first["report.json"])
    assert abs(found["int8_loss"]["classics"]["loss_percent"]) < 5
    assert found["exam"]["questions"] == 1
    assert set(found["compression"]["classics"]) >= {"tiny", "gzip -9", "bzip2 -9", "xz -9e"}
    shares = {one["label"]: one for one in found["service"]}
    assert shares["everyday questions answered by a right topic"]["asked"] == 6
    assert shares["follow-ups right"]["why"] == (
        "no follow_ups.jsonl; name its folder with --questions"
    )
    cells = shares["cells of all tables, three wordings: right"]
    assert cells["hits"] > 0.5 * cells["asked"] == 6
    assert [one["label"][-3:] for one in found["times"]] == ["p95", "p50"]


def without_times(files):
    report = json.loads(files["report.json"])
    del report["times"]
    page = [line for line in files["report.md"].decode().splitlines() if " ms |" not in line]
    return files | {"report.json": report, "report.md": page}


def test_an_english_model_is_measured_on_english_and_not_asked(write_model, data, tmp_path):
    (data / "pubmed.valid.txt").write_text("Cells divide. " * 9, encoding="utf-8")
    model = write_model(corpora=("pubmed.train",), name="english")

    files = ["--model", str(model), "--data", str(data), "--out", str(tmp_path / "out")]
    status = main(["evaluate", *files, "--all", "--reference-characters", "0"])

    assert status == 0
    found = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert list(found["measured"]["cpu"]) == ["pubmed"]
    assert "dialogue" not in found


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--pages",), "run evaluate --all first"),
        (("--all", "--limit-characters", "-1"), "--limit-characters is -1"),
        (("--all", "--seed", "-1"), "--seed is -1"),
        (("--temperature", "0"), "temperature is 0.0"),
        (("--top-e", "nan"), "top_e is nan"),
    ],
)
def test_bad_options_are_sentences(options, sentence, run, capsys):
    assert run(*options) == 2

    assert sentence in capsys.readouterr().err


def test_all_needs_a_folder(run, model, data, tmp_path, capsys):
    (tmp_path / "out").write_text("a file")
    assert run("--all") == 2
    assert "is a file" in capsys.readouterr().err

    assert main(["evaluate", "--model", str(model), "--data", str(data), "--all"]) == 2
    assert "name it with --out" in capsys.readouterr().err
