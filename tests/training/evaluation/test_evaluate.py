import json

import pytest

from training.cli import main
from training.evaluation.dialogue import Sample
from training.evaluation.evaluate import FORMAT
from training.evaluation.verdicts import read_verdicts, write_verdicts


@pytest.fixture
def prompts(tmp_path):
    path = tmp_path / "prompts.txt"
    path.write_text("你好\n黄芪有什么功效？\n", encoding="utf-8")
    return path


@pytest.fixture
def run(model, data, prompts, tmp_path):
    def run(*options, out="out"):
        files = ["--model", str(model), "--data", str(data), "--prompts", str(prompts)]
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


def test_all_writes_a_folder_that_a_rerun_does_not_change(run, data, tmp_path):
    question = {"question": "肾在液为", "choices": ["唾", "泪"], "answer": "A"}
    (data / "cmmlu-tcm.dev.jsonl").write_text(json.dumps(question), encoding="utf-8")

    assert run("--all", "--reference-characters", "20", "--replies", "3") == 0
    out = tmp_path / "out"
    first = {path.name: path.read_bytes() for path in out.iterdir()}
    assert run("--all", "--reference-characters", "20", "--replies", "3") == 0

    names = {"bits.png", "replies.png", "report.json", "report.md", "samples.md", "verdicts.json"}
    assert {path.name: path.read_bytes() for path in out.iterdir()} == first
    assert set(first) == names
    found = json.loads(first["report.json"])
    assert abs(found["int8_loss"]["classics"]["loss_percent"]) < 5
    assert found["exam"]["questions"] == 1
    assert found["dialogue"]["replies"] == 3
    assert "copies" in found["dialogue"]
    assert set(found["compression"]["classics"]) >= {"tiny", "gzip -9", "bzip2 -9", "xz -9e"}


def test_pages_are_rewritten_with_verdicts_and_without_the_model(tmp_path, capsys):
    sample = {"prompt": "你好", "reply": "好。", "ended": True}
    cost = {"bits_per_character": 5.0, "bits_per_utf8_byte": 1.7, "characters": 9}
    model = {"name": "m", "version": "1", "sha256": "a" * 64, "codec": "utf-8"}
    found = {"format": FORMAT, "model": model, "seed": 1, "limit_characters": 0}
    found |= {"measured": {"cpu": {"classics": cost}}, "samples": [sample]}
    (tmp_path / "report.json").write_text(json.dumps(found), encoding="utf-8")
    write_verdicts(tmp_path / "verdicts.json", [Sample(**sample)], {})
    path = tmp_path / "verdicts.json"
    path.write_text(path.read_text("utf-8").replace('"verdict": ""', '"verdict": "poor"'), "utf-8")

    status = main(
        ["evaluate", "--model", "gone", "--data", "gone", "--pages", "--out", str(tmp_path)]
    )

    assert status == 0
    assert "1 poor" in (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "| poor |" in (tmp_path / "samples.md").read_text(encoding="utf-8")
    assert [verdict.verdict for verdict in read_verdicts(path).values()] == ["poor"]


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
