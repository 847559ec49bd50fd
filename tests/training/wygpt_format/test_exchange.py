"""Models of the original as folders of ours, and back."""

import json

import numpy as np
import pytest

from inference.cli.main import main as inference
from inference.model.checkpoint import Checkpoint, write_checkpoint
from inference.model.config import wygpt_shapes
from training.cli import main
from training.export import read_model
from training.wygpt_format.exchange import config_of_original
from training.wygpt_format.file import WygptSizes

CARD = {
    "family": "wygpt",
    "codec": "utf-8",
    "context": 16,
    "width": 16,
    "layers": 2,
    "heads": 2,
    "corpora": ["nothing"],
    "bytes_seen": 7,
    "valid": {},
    "licence": "Apache-2.0",
    "name": "m",
    "version": "1",
}


@pytest.fixture
def model(tmp_path):
    random = np.random.default_rng(4)
    tensors = {
        name: random.standard_normal(shape).astype(np.float32)
        for name, shape in wygpt_shapes(16, 2, 2, 16).items()
    }
    write_checkpoint(tmp_path / "model", tensors, CARD)
    return tmp_path / "model"


@pytest.fixture
def file(model, tmp_path):
    assert main(["export-wygpt", "--model", str(model), "--out", str(tmp_path / "m.bin")]) == 0
    return tmp_path / "m.bin"


def test_export_and_import_give_the_same_weights(model, file, tmp_path):
    status = main(["import-wygpt", str(file), "--out", str(tmp_path / "again")])

    assert status == 0
    before, after = Checkpoint.load(model), Checkpoint.load(tmp_path / "again")
    assert after.sha256 == before.sha256
    for name, tensor in before.tensors.items():
        assert after.tensors[name].tobytes() == tensor.tobytes()


def test_a_model_with_ngram_tables_does_not_fit_the_format(tmp_path, capsys):
    random = np.random.default_rng(4)
    shapes = wygpt_shapes(16, 1, 2, 16) | {"ngram.2": (9, 16)}
    tensors = {
        name: random.standard_normal(shape).astype(np.float32) for name, shape in shapes.items()
    }
    ngrams = {"family": "wygpt-ngram", "layers": 1, "ngram_orders": [2], "ngram_rows": 9}
    write_checkpoint(tmp_path / "model", tensors, CARD | ngrams)

    out = tmp_path / "m.bin"
    assert main(["export-wygpt", "--model", str(tmp_path / "model"), "--out", str(out)]) == 2

    assert "its family is wygpt-ngram" in capsys.readouterr().err
    assert not out.exists()


def test_import_and_export_give_the_same_file(file, tmp_path):
    main(["import-wygpt", str(file), "--out", str(tmp_path / "again")])

    main(["export-wygpt", "--model", str(tmp_path / "again"), "--out", str(tmp_path / "m2.bin")])

    assert (tmp_path / "m2.bin").read_bytes() == file.read_bytes()


def test_folder_says_what_is_known_and_what_is_not(file, tmp_path):
    out = tmp_path / "fetched"

    main(["import-wygpt", str(file), "--out", str(out), "--codec", "gb18030", "--depth", "2"])

    card = json.loads((out / "config.json").read_text(encoding="utf-8"))
    assert (card["name"], card["codec"], card["layers"]) == ("fetched", "gb18030", 2)
    assert (card["corpora"], card["bytes_seen"], card["valid"]) == ([], 0, {})
    assert card["licence"] == "NOASSERTION"
    text = (out / "README.md").read_text(encoding="utf-8")
    assert "`m.bin`" in text
    assert "`gb18030` is what the import was told" in text


def test_imported_model_generates_and_can_be_fine_tuned(file, tmp_path, capsys):
    out = tmp_path / "fetched"
    main(["import-wygpt", str(file), "--out", str(out), "--codec", "utf-8"])

    status = inference(["generate", "--raw", "--model", str(out), "--max-bytes", "8", "The "])

    assert status == 0, capsys.readouterr().err
    assert read_model(out).shape.layers == 2


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["import-wygpt", "none", "--out", "o"], "none: there is no such file"),
        (["import-wygpt", ".", "--out", "o"], ".: it is a folder"),
        (["import-wygpt", "", "--out", "o"], ".: it is a folder"),
        (["import-wygpt", "empty", "--out", "o"], "it has 0 bytes"),
        (["import-wygpt", "m.bin", "--out", "o", "--context", "512"], "--context is 512"),
        (["import-wygpt", "m.bin", "--out", "empty"], "empty: it cannot be written"),
        (["import-wygpt", "m.bin", "--out", "o", "--licence", "a\nb"], "licence is 'a\\nb'"),
        (["import-wygpt", "m.bin", "--out", "o", "--name", "\udcff"], "name is '\\udcff'"),
        (["import-wygpt", "\udcff", "--out", "o"], "\\udcff: there is no such file"),
        (["export-wygpt", "--model", "none", "--out", "f"], "no such folder"),
        (["export-wygpt", "--model", "model", "--out", "."], ".: it is a folder"),
        (["export-wygpt", "--model", "model", "--out", "empty/f"], "it cannot be written"),
    ],
)
def test_errors_are_sentences(arguments, sentence, file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").write_bytes(b"")

    status = main(arguments)

    assert status == 2
    told = capsys.readouterr().err
    assert told.startswith("training: ")
    assert sentence in told
    assert not (tmp_path / "o").exists()


def test_a_folder_may_have_any_name(file, tmp_path):
    out = tmp_path / "\udcff模型"

    assert main(["import-wygpt", str(file), "--out", str(out)]) == 0

    assert Checkpoint.load(out).name == "\ufffd模型"


def test_config_of_the_original_warns_of_what_it_cannot_run():
    assert config_of_original(WygptSizes(512, 192, 7, 4)) == (
        "context=512, depth=7, heads=4, embed=heads*48"
    )
    assert "multiples of 8" in config_of_original(WygptSizes(512, 24, 2, 2))
    assert "multiples of 8" in config_of_original(WygptSizes(12, 32, 2, 2))
