import csv

import pytest
import torch

from training.batches import measure_corpus
from training.data import encode_corpus
from training.errors import RunError
from training.torch.wygpt import WygptShape
from training.trainer import TrainConfig, Trainer, stage_at

SHAPE = WygptShape(8, 1, 2, 16, ngram_orders=(2, 3), ngram_rows=40)
STEP = 64


def make_trainer(out, steps, **changes):
    corpus = encode_corpus("a", ["人参甘温，大补元气。" * 20], "gb18030")
    options = {
        "bytes_budget": steps * STEP,
        "batch_bytes": STEP,
        "curriculum": ((1.0, 16),),
        "sliding": 0.5,
        "warmup_steps": 1,
        "decay_share": 0.0,
        "compile": False,
        "shares": {"a": 1.0},
    }
    config = TrainConfig(**(options | changes))
    return Trainer(out, SHAPE, config, [corpus], [measure_corpus(corpus, 2, 16)], "cpu")


def test_six_steps_equal_three_and_three_resumed(tmp_path):
    whole = make_trainer(tmp_path / "whole", 6)
    whole.run()

    make_trainer(tmp_path / "parts", 3).run()
    resumed = make_trainer(tmp_path / "parts", 6)
    resumed.run()

    assert resumed.progress.step == whole.progress.step == 6
    for name, tensor in whole.model.state_dict().items():
        assert torch.equal(tensor, resumed.model.state_dict()[name]), name


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        (0.0, (8, False)),
        (0.49, (8, False)),
        (0.5, (16, False)),
        (0.8, (32, True)),
        (1.0, (32, True)),
    ],
)
def test_windows_grow_stage_by_stage(done, expected):
    assert stage_at(((0.5, 8), (0.3, 16), (0.1, 32)), done) == expected


def test_training_lowers_the_loss(tmp_path):
    trainer = make_trainer(tmp_path, 40)
    before = trainer.validate()["a"]

    trainer.run()

    assert trainer.validate()["a"] < before - 1.0


def test_curve_is_written_as_numbers_and_as_a_picture(tmp_path):
    make_trainer(tmp_path, 2).run()

    rows = list(csv.DictReader((tmp_path / "curve.csv").read_text().splitlines()))
    assert rows[0]["step"] == "2.0"
    assert float(rows[0]["a bits_per_char"]) > 0
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")


def test_run_without_an_end_is_refused(tmp_path):
    with pytest.raises(RunError, match="--bytes or --minutes"):
        make_trainer(tmp_path, 0)


def test_checkpoint_of_another_shape_is_refused(tmp_path):
    make_trainer(tmp_path, 1).run()
    corpus = encode_corpus("a", ["人参"], "gb18030")
    config = TrainConfig(bytes_budget=9, compile=False, shares={"a": 1.0})

    with pytest.raises(RunError, match="give the same sizes or another --out"):
        Trainer(tmp_path, WygptShape(16, 1, 2, 16), config, [corpus], [], "cpu")


def test_rate_warms_up_and_falls_to_zero(tmp_path):
    trainer = make_trainer(tmp_path, 10, warmup_steps=2, decay_share=1.0)

    rates = []
    for step in range(11):
        trainer.progress.step, trainer.progress.bytes_seen = step, step * STEP
        rates.append(trainer._rate())

    assert rates[0] == pytest.approx(0.5)
    assert rates[5] == pytest.approx(0.5)
    assert rates[10] == 0.0
