import json

import numpy as np
import pytest

from benchmarks.quality.sampling import Passage, Progress, best_settings, main, take_passages
from inference.model.checkpoint import write_checkpoint
from inference.model.config import wygpt_shapes


def test_passages_are_parts_of_the_documents_and_the_rest_is_what_lies_between():
    documents = ["".join(chr(0x4E00 + i) for i in range(3000)), "子丑寅卯" * 200]

    passages, rest = take_passages(documents, 6, "gb18030", seed=1)

    assert len(passages) == 6
    for passage in passages:
        assert any(passage.context + passage.continuation in text for text in documents)
        assert len(passage.context.encode("gb18030")) == 128
        assert len(passage.continuation) == 100
    written = sum(len(passage.continuation) for passage in passages)
    assert sum(map(len, rest)) + written == sum(map(len, documents))
    assert take_passages(documents, 6, "gb18030", seed=1) == (passages, rest)


def test_a_passage_of_longer_characters_is_no_longer_in_bytes():
    (passage,), _ = take_passages(["𠀀" * 1000], 1, "gb18030", seed=1)

    assert passage == Passage("𠀀" * 32, "𠀀" * 100)


def test_the_best_setting_is_the_one_that_the_first_half_chooses():
    found = {
        "people": {"chosen_by": 0.0},
        "top-k: k 1": {"chosen_by": 0.5},
        "top-k: k 2": {"chosen_by": 0.4},
        "greedy": {"chosen_by": 0.9},
    }

    assert best_settings(found) == {"top-k": "top-k: k 2", "greedy": "greedy"}


def test_what_was_measured_is_not_measured_again(tmp_path):
    taken = []

    def take():
        taken.append(1)
        return {"distance": len(taken)}

    path = tmp_path / "out" / "progress.json"
    first = Progress(path, {"seed": 1}).measure("a", take)
    again = Progress(path, {"seed": 1}).measure("a", take)
    other = Progress(path, {"seed": 2})

    assert first == again == {"distance": 1}
    assert other.measure("a", take) == {"distance": 2}
    other.forget()
    assert not path.exists()


@pytest.fixture
def files(tmp_path):
    sizes = {"width": 8, "layers": 1, "heads": 2, "context": 512}
    random = np.random.default_rng(4)
    tensors = {
        name: random.standard_normal(shape).astype(np.float32)
        for name, shape in wygpt_shapes(8, 1, 2, 512).items()
    }
    fields = {"family": "wygpt", "codec": "gb18030", "corpora": [], "bytes_seen": 0, "valid": {}}
    fields |= {"licence": "x", "name": "tiny", "version": "1"}
    write_checkpoint(tmp_path / "model", tensors, {**fields, **sizes})
    (tmp_path / "classics.valid.txt").write_text("人参甘温，补五脏。" * 99, encoding="utf-8")
    turns = [{"role": "user", "text": "你好"}, {"role": "assistant", "text": "请说。"}]
    (tmp_path / "dialogue.valid.jsonl").write_text(json.dumps({"turns": turns}), encoding="utf-8")
    return ["--model", str(tmp_path / "model"), "--data", str(tmp_path)]


@pytest.mark.slow
def test_the_study_writes_tables_and_a_picture(files, tmp_path, capsys):
    options = [*files, "--quick", "--contexts", "2", "--questions", "1"]
    out = tmp_path / "out"

    assert main([*options, "--out", str(out)]) == 0

    assert {path.name for path in out.iterdir()} == {
        *("results.json", "tables.md", "quality-diversity.png")
    }
    found = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert set(found["books"]) == {"people", *found["best"].values()}
    assert len(found["best"]) == 10
    assert set(found["answers"]) == set(found["books"])
    assert "| people |" in capsys.readouterr().out


def test_a_folder_without_corpora_is_a_sentence(files, tmp_path, capsys):
    (tmp_path / "classics.valid.txt").unlink()

    assert main([*files, "--out", str(tmp_path / "out")]) == 2

    assert "has no classics.valid" in capsys.readouterr().err
