"""The fused kernels are used in their place, and nothing else knows of them."""

import sys

import pytest
import torch

from training.cli import build_parser, main
from training.errors import RunError
from training.shape import PairShape, WygptShape, initial_tensors
from training.torch.core import TorchCore
from training.torch.fused import missing
from training.torch.wygpt import group_norm

SHAPE = WygptShape(8, 1, 2, 16)


@pytest.mark.parametrize("fused", [None, False])
def test_processor_trains_without_the_kernels(monkeypatch, fused):
    monkeypatch.setitem(sys.modules, "training.torch.fused.ops", None)  # to import it is an error

    core = TorchCore(SHAPE, initial_tensors(SHAPE, 1), compiled=False, fused=fused)

    assert core.model.norm is group_norm


def test_kernels_asked_for_and_not_to_be_had_are_an_error():
    with pytest.raises(RunError, match="need a GPU, and the device is cpu; leave out --fused"):
        TorchCore(SHAPE, initial_tensors(SHAPE, 1), fused=True)


def test_pairs_have_no_such_kernels(monkeypatch):
    monkeypatch.setattr("training.torch.core.missing", lambda device: "")
    shape = PairShape(8, 1, 2, 16, (), ())

    with pytest.raises(RunError, match="do not know family wygpt-pair"):
        TorchCore(shape, initial_tensors(shape, 1), fused=True)


@pytest.mark.parametrize(
    ("core", "said"),
    [("torch", "need a GPU, and the device is cpu"), ("native", "--fused needs a GPU and PyTorch")],
)
def test_command_line_says_so_too(tmp_path, capsys, core, said):
    (tmp_path / "a.train.txt").write_text("人参甘温，大补元气。" * 40, encoding="utf-8")
    command = ["pretrain", "--data", str(tmp_path), "--out", str(tmp_path / "run"), "--bytes", "64"]

    status = main([*command, "--mix", "a.train=1", "--fused", "--core", core])

    assert status == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


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
