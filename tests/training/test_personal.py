"""A personal model, from a file to a folder that the engine opens."""

import json

import numpy as np
import pytest

from inference.config import EngineConfig
from inference.engine import Engine
from inference.model.checkpoint import Checkpoint
from training.batches import measure_corpus
from training.cli import main
from training.data import encode_corpus
from training.errors import DataError
from training.personal import MEMORY, default_bytes, own_source, personal_recipe, write_memory
from training.schedule import TrainConfig
from training.shape import PairShape, WygptShape
from training.trainer import Task, Trainer

SHAPES = {
    "bytes": (WygptShape(16, 1, 2, 64, ngram_orders=(2,), ngram_rows=50), "gb18030"),
    "pairs": (
        PairShape(16, 1, 2, 64, ngram_orders=(1, 2), ngram_rows=(50, 40), mixing=True),
        "utf-16-be",
    ),
}


@pytest.fixture(scope="module", params=list(SHAPES))
def base(request, tmp_path_factory, one_core):
    """A small model that has learnt one sentence."""
    from training.export import export_run

    shape, codec = SHAPES[request.param]
    folder = tmp_path_factory.mktemp("base")
    corpus = encode_corpus("classics.train", ["人参甘温，大补元气。" * 30], codec)
    config = TrainConfig(
        codec=codec,
        bytes_budget=40_000,
        batch_bytes=512,
        muon_lr=0.1,
        adam_lr=0.05,
        curriculum=((1.0, 64),),
        warmup_steps=1,
        shares={"classics.train": 1.0},
    )
    Trainer(folder / "run", Task(shape, config, [corpus], []), one_core).run()
    export_run(folder / "run", folder / "model", name="base", version="1", licence="Apache-2.0")
    return folder / "model"


def finetune(base, data, out, *more):
    return main(
        [
            "finetune",
            *("--model", str(base), "--data", str(data), "--out", str(out)),
            *("--work", str(out.parent / "work"), "--bytes", "20000", "--batch-bytes", "512"),
            *(*CORE, "--muon-lr", "0.1", "--adam-lr", "0.05", "--keep", "0", *more),
        ]
    )


CORE = ["--threads", "1"]


def bits(model, text):
    with Engine.open(model, EngineConfig(backend="reference")) as engine:
        return -float(engine.score(text.encode(engine.checkpoint.codec)).sum()) / len(text)


@pytest.mark.parametrize("name", ["mine.txt", "mine.jsonl"])
def test_one_command_makes_a_model_that_knows_the_new_and_the_old(base, tmp_path, capsys, name):
    words = "黄芪固表止汗，利水消肿。"
    turns = [{"role": "user", "text": "问"}, {"role": "assistant", "text": words}]
    line = json.dumps({"turns": turns}, ensure_ascii=False) + "\n"
    (tmp_path / name).write_text(words * 20 if name.endswith(".txt") else line * 8, "utf-8")

    assert finetune(base, tmp_path / name, tmp_path / "mine") == 0

    new, old = words * 2, "人参甘温，大补元气。" * 2
    assert bits(tmp_path / "mine", new) < bits(base, new) - 2
    assert bits(tmp_path / "mine", old) < bits(base, old) + 1
    printed = capsys.readouterr().out
    assert "before   after" in printed
    assert MEMORY in printed
    card = json.loads((tmp_path / "mine" / "config.json").read_text("utf-8"))
    assert card["corpora"] == ["classics.train", MEMORY, "own"]
    assert card["name"] == "mine"


def test_a_file_of_ones_own_is_learnt_at_gentle_rates(base, tmp_path):
    """Measured (docs/training.md): at the corpora's rates a model forgets more than it learns."""
    data = tmp_path / "mine.txt"
    data.write_text("黄芪甘温，补气固表。" * 40, encoding="utf-8")
    out = tmp_path / "mine"

    done = main(
        [
            *("finetune", "--model", str(base), "--data", str(data), "--out", str(out)),
            *("--work", str(tmp_path / "work"), "--bytes", "1024", "--batch-bytes", "512"),
            *CORE,
        ]
    )

    assert done == 0
    config = json.loads((tmp_path / "work" / "config.json").read_text())
    told = json.dumps(config)
    assert '"muon_lr": 0.002' in told
    assert '"adam_lr": 0.0005' in told


def test_a_part_of_the_old_weights_is_kept(base, tmp_path, capsys):
    data = tmp_path / "mine.txt"
    data.write_text("黄芪甘温，补气固表。" * 40, encoding="utf-8")

    assert finetune(base, data, tmp_path / "all") == 0
    learnt = capsys.readouterr().out
    # The same run, already at its end, exported once more.
    assert finetune(base, data, tmp_path / "half", "--keep", "0.5") == 0
    halved = capsys.readouterr().out

    old, new, half = (
        Checkpoint.load(folder).tensors for folder in (base, tmp_path / "all", tmp_path / "half")
    )
    for name, tensor in half.items():
        np.testing.assert_allclose(tensor, (old[name] + new[name]) / 2, rtol=0.01, atol=0.02)
    assert any(np.abs(new[name] - old[name]).max() > 0.1 for name in old)
    assert learnt.split("after")[1] != halved.split("after")[1], "the table is of what is written"


@pytest.mark.parametrize("keep", ["-0.1", "1", "nan"])
def test_no_share_to_keep_is_refused(base, tmp_path, capsys, keep):
    (tmp_path / "mine.txt").write_text("黄芪甘温。" * 40, encoding="utf-8")

    assert finetune(base, tmp_path / "mine.txt", tmp_path / "mine", f"--keep={keep}") == 2
    assert "--keep is" in capsys.readouterr().err


def test_memory_is_the_models_own_text_and_of_its_seed(base):
    codec = Checkpoint.load(base).codec
    first, again, other = (write_memory(base, codec, seed) for seed in (1, 1, 2))

    assert "人参甘温" in first.data.tobytes().decode(codec)
    assert np.array_equal(first.data, again.data)
    assert not np.array_equal(first.data, other.data)


def test_with_corpora_at_hand_these_are_reread(base, tmp_path):
    for name in ("classics.train", "classics.valid", "general-zh.train"):
        (tmp_path / f"{name}.txt").write_text("茯苓甘淡平。" * 30, "utf-8")
    turns = [{"role": "user", "text": "茯苓？"}, {"role": "assistant", "text": "茯苓甘淡平。"}]
    (tmp_path / "dialogue.train.jsonl").write_text(json.dumps({"turns": turns}), "utf-8")
    (tmp_path / "mine.txt").write_text("我的日记。" * 50, "utf-8")

    recipe = personal_recipe(
        *(tmp_path / "mine.txt", base, "gb18030", 64),
        replay=tmp_path,
        cache=tmp_path / "cache",
        seed=1,
    )

    old = ("classics.train", "dialogue.train", "general-zh.train")
    assert {source.name for source in recipe.train} == {"own", *old}
    assert recipe.distilled == old
    assert sum(recipe.shares.values()) == pytest.approx(1.0)
    assert [one.name for one in recipe.valid] == ["own", "classics.valid"]


def test_one_document_of_fifty_is_held_out(tmp_path):
    documents = [f"第{n:03}篇日记。" for n in range(100)]
    (tmp_path / "mine.txt").write_text("\n\x1c\n".join(documents), "utf-8")

    own, measure = own_source(tmp_path / "mine.txt", "utf-8", 32)

    assert "第050篇" not in own.data.tobytes().decode()
    assert "第051篇" in own.data.tobytes().decode()
    assert "第050篇".encode() in measure.batch.data.tobytes()


def test_budget_grows_with_the_file_within_bounds(tmp_path):
    sizes = {10: 200_000, 50_000: 500_000, 10_000_000: 2_000_000}
    for size, expected in sizes.items():
        (tmp_path / "mine.txt").write_bytes(b"a" * size)
        assert default_bytes(tmp_path / "mine.txt") == expected


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe\xff"])
def test_unusable_files_are_refused_with_a_sentence(base, tmp_path, capsys, content):
    (tmp_path / "mine.txt").write_bytes(content)

    assert finetune(base, tmp_path / "mine.txt", tmp_path / "mine") == 2

    assert capsys.readouterr().err.startswith("training: ")
    assert not (tmp_path / "mine").exists()


def test_one_file_does_not_go_with_a_run(base, tmp_path, capsys):
    (tmp_path / "mine.txt").write_text("日记", "utf-8")
    arguments = ["finetune", "--run", str(base.parent / "run"), "--data"]

    assert main([*arguments, str(tmp_path / "mine.txt"), "--out", str(tmp_path / "mine")]) == 2
    assert "start from --model" in capsys.readouterr().err


def test_a_folder_of_corpora_goes_with_an_accounts_notes(base, tmp_path, capsys):
    assert finetune(base, tmp_path, tmp_path / "mine") == 2
    assert "goes with --knowledge" in capsys.readouterr().err


def test_measures_of_own_text_are_the_same_every_time(tmp_path):
    (tmp_path / "mine.txt").write_text("日记一篇。" * 100, "utf-8")
    first, second = (own_source(tmp_path / "mine.txt", "utf-8", 32)[1] for _ in range(2))

    assert np.array_equal(first.batch.data, second.batch.data)
    assert measure_corpus(encode_corpus("a", ["日"], "utf-8"), 2, 32).batch.data.shape[0] == 2


def test_missing_conversations_are_refused(tmp_path):
    (tmp_path / "mine.jsonl").write_text("\n", "utf-8")

    with pytest.raises(DataError, match="holds no conversation"):
        own_source(tmp_path / "mine.jsonl", "utf-8", 32)
