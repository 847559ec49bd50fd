import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from inference.model.checkpoint import Checkpoint
from training.batches import BatchSampler
from training.checkpoints import load_state, save_state
from training.cli import main
from training.data import encode_corpus
from training.errors import RunError
from training.export import average, export_run, read_model, read_run
from training.schedule import TrainConfig
from training.shape import PairShape, WygptShape, divided, initial_tensors, undivided
from training.trainer import Task, Trainer

SHAPES = {
    "bytes": (WygptShape(8, 2, 2, 32, ngram_orders=(2, 4), ngram_rows=30), "gb18030"),
    "pairs": (PairShape(24, 2, 2, 32, (1, 2, 3), (30, 20, 10), mixing=True), "utf-16-be"),
}


@pytest.fixture(params=list(SHAPES))
def kind(request):
    return SHAPES[request.param]


@pytest.fixture
def run(tmp_path, open_core, kind):
    shape, codec = kind
    corpus = encode_corpus("classics.train", ["人参甘温，大补元气。" * 20], codec)
    config = TrainConfig(
        codec=codec,
        bytes_budget=128,
        batch_bytes=64,
        curriculum=((1.0, 16),),
        warmup_steps=1,
        shares={"classics.train": 1.0},
    )
    folder = tmp_path / "run"
    Trainer(folder, Task(shape, config, [corpus], []), open_core).run()
    return folder


def test_exported_model_gives_the_runs_losses(run, tmp_path, open_core, kind):
    export_run(run, tmp_path / "model", name="m", version="1", licence="Apache-2.0")

    first, second = read_run(run), read_model(tmp_path / "model")

    assert first.shape == second.shape == kind[0]
    assert first.codec == second.codec == kind[1]
    corpus = encode_corpus("a", ["黄芪甘温。" * 20], kind[1])
    batch = BatchSampler([corpus], {"a": 1}, 1, stride=kind[0].step_bytes).draw(2, 20)
    before, after = (open_core(one.shape, one.tensors).losses(batch) for one in (first, second))
    # bfloat16 keeps 8 bits of each weight.
    assert np.abs(before - after).max() < 0.02 * before.max() + 1e-3


def test_undivided_is_the_inverse_of_divided(kind):
    weights = initial_tensors(kind[0], 1)

    again = divided(undivided(weights))

    for name, tensor in weights.items():
        np.testing.assert_allclose(again[name], tensor, rtol=1e-6)
    assert np.array_equal(undivided(weights)["blocks.0.b.pe"], weights["blocks.0.b.pe"])


def test_card_tells_where_the_weights_come_from(run, tmp_path):
    scores = {
        "limit_characters": 0,
        "measured": {"cpu": {"classics": {"bits_per_character": 5.5, "bits_per_utf8_byte": 1.9}}},
    }

    card = export_run(
        run, tmp_path / "m", name="m", version="1.2", licence="Apache-2.0", scores=scores
    )

    assert card.corpora == ("classics.train",)
    assert card.bytes_seen == 128
    assert card.valid == {"classics bits per character (cpu)": 5.5}
    text = (tmp_path / "m" / "README.md").read_text(encoding="utf-8")
    assert "5.500" in text
    assert "not medical advice" in text.lower()
    assert np.isfinite(Checkpoint.load(tmp_path / "m").tensors["head"]).all()


def test_export_of_no_run_is_refused(tmp_path):
    with pytest.raises(RunError, match="does not exist"):
        export_run(tmp_path, tmp_path / "m", name="m", version="1", licence="Apache-2.0")


def write_conversations(path, count=3):
    turns = [{"role": "user", "text": "你好"}, {"role": "assistant", "text": "你好，请说。"}]
    path.write_text("\n".join(json.dumps({"turns": turns}) for _ in range(count)))
    return path


def test_finetune_on_a_file_of_ones_own_counts_all_bytes(run, tmp_path, command_line):
    export_run(run, tmp_path / "model", name="m", version="1", licence="Apache-2.0")
    own = write_conversations(tmp_path / "mine.jsonl", 60)
    work = tmp_path / "work"
    files = ["--model", str(tmp_path / "model"), "--data", str(own), "--work", str(work)]
    size = ["--bytes", "128", "--batch-bytes", "64", "--curriculum", "1:16", *command_line]

    status = main(["finetune", *files, "--out", str(tmp_path / "o"), *size])

    assert status == 0
    assert read_run(work).origin.bytes_seen == 256
    assert read_run(work).origin.corpora == ("classics.train", "memory", "own")
    assert read_model(tmp_path / "o").origin.bytes_seen == 256


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["pretrain", "--data", "nowhere", "--out", "o", "--bytes", "1"], "has no classics.train"),
        (["finetune", "--run", "nowhere", "--data", "d", "--out", "o"], "train first"),
        (["finetune", "--model", "nowhere", "--data", "d", "--out", "o"], "no such folder"),
        (["export", "--run", "nowhere", "--out", "o"], "train first"),
        (["evaluate", "--model", "nowhere", "--data", "d"], "d has no classics.valid"),
        (["pretrain", "--data", "d", "--out", "o", "--width", "7"], "not a multiple of heads"),
    ],
)
def test_errors_are_sentences(arguments, sentence, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    status = main(arguments)

    assert status == 2
    assert sentence in capsys.readouterr().err


def test_two_runs_are_averaged_weight_by_weight(run, tmp_path):
    shutil.copytree(run, tmp_path / "other")
    state = load_state(tmp_path / "other")
    moved = {name: tensor + np.float32(1.0) for name, tensor in state.tensors.items()}
    save_state(tmp_path / "other", replace(state, tensors=moved))
    one, other = read_run(run), read_run(tmp_path / "other")

    made = average(one, other, 0.25)

    for name, tensor in made.tensors.items():
        np.testing.assert_allclose(tensor, one.tensors[name] + 0.25, atol=1e-6)
    assert made.origin == one.origin
    command = ["export", "--run", str(run), "--out", str(tmp_path / "m"), "--average"]
    assert main([*command, str(tmp_path / "other"), "--share", "0.25"]) == 0
    again = read_model(tmp_path / "m").tensors
    np.testing.assert_allclose(again["head"], made.tensors["head"], rtol=1e-2, atol=1e-2)


def test_runs_that_have_no_average_are_refused(run):
    one = read_run(run)
    wider = replace(one, shape=replace(one.shape, context=16))

    with pytest.raises(RunError, match="shapes or codecs"):
        average(one, wider, 0.5)
    with pytest.raises(RunError, match="from 0 to 1"):
        average(one, one, 1.5)


def test_float32_keeps_every_bit_and_bfloat16_half_of_the_size(run, tmp_path):
    made = read_run(run)

    sizes = {}
    for name, options in (("small", []), ("exact", ["--float32"])):
        out = tmp_path / name
        assert main(["export", "--run", str(run), "--out", str(out), *options]) == 0
        sizes[name] = (out / "model.safetensors").stat().st_size
        read = read_model(out).tensors
        exact = all(
            np.allclose(tensor, read[key], rtol=1e-6, atol=0)
            for key, tensor in made.tensors.items()
        )
        assert exact is (name == "exact")

    assert 1.8 < sizes["exact"] / sizes["small"] < 2.0
