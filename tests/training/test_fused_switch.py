"""Where the fused kernels are used, and that nothing else knows of them."""

import sys

import pytest
import torch

from training.cli import build_parser, main
from training.data import encode_corpus
from training.errors import RunError
from training.torch.fused import missing
from training.torch.wygpt import WygptShape, group_norm
from training.trainer import TrainConfig, Trainer


def make_trainer(out, fused):
    corpus = encode_corpus("a", ["人参甘温，大补元气。" * 20], "gb18030")
    config = TrainConfig(
        bytes_budget=64, batch_bytes=64, curriculum=((1.0, 16),), compile=False, fused=fused,
        shares={"a": 1.0},
    )  # fmt: skip
    return Trainer(out, WygptShape(8, 1, 2, 16), config, [corpus], [], "cpu")


@pytest.mark.parametrize("fused", [None, False])
def test_processor_trains_without_the_kernels(tmp_path, monkeypatch, fused):
    monkeypatch.setitem(sys.modules, "training.torch.fused.ops", None)  # to import it is an error

    trainer = make_trainer(tmp_path, fused)
    trainer.run()

    assert trainer.model.norm is group_norm
    assert trainer.progress.step == 1


def test_kernels_asked_for_and_not_to_be_had_are_an_error(tmp_path):
    with pytest.raises(RunError, match="need a GPU, and the device is cpu; leave out --fused"):
        make_trainer(tmp_path, fused=True)


def test_command_line_says_so_too(tmp_path, capsys):
    (tmp_path / "a.train.txt").write_text("人参甘温，大补元气。" * 40, encoding="utf-8")
    command = ["pretrain", "--data", str(tmp_path), "--out", str(tmp_path / "run"), "--bytes", "64"]

    status = main([*command, "--mix", "a.train=1", "--device", "cpu", "--fused"])

    assert status == 2
    assert "need a GPU, and the device is cpu" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "expected"), [([], None), (["--fused"], True), (["--no-fused"], False)]
)
def test_switch_has_three_positions(option, expected):
    args = build_parser().parse_args(["pretrain", "--data", "d", "--out", "o", *option])

    assert args.fused is expected


def test_missing_triton_is_told(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)

    assert "Triton, which is not installed" in missing("cuda")


def test_an_old_gpu_is_told(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: name)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda: (7, 5))

    assert "8.0 or newer" in missing("cuda")
