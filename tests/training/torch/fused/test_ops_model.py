"""The fused model against the plain one: loss and gradients, compiled, and in the trainer."""

import copy
from functools import partial

import pytest
import torch
from torch.nn import functional

from training.batches import measure_corpus
from training.data import encode_corpus
from training.schedule import TrainConfig
from training.shape import WygptShape
from training.torch.core import TorchCore
from training.torch.wygpt import Wygpt
from training.trainer import Task, Trainer

pytest.importorskip("triton")

SHAPE = WygptShape(24, 2, 2, 40, ngram_orders=(2, 3), ngram_rows=40)


def make_model(device):
    torch.manual_seed(5)
    model = Wygpt(SHAPE)
    with torch.no_grad():
        for name, param in model.named_parameters():
            param.copy_(torch.randn_like(param) * (1.0 if name.endswith("pe") else 0.3))
    return model.to(device)


def outcome(model, dtype, forward=None, reach=30):
    """Loss and gradients on 50 bytes, more than the context."""
    model = model.to(dtype)
    model.zero_grad()
    device = model.head.device
    data = torch.randint(0, 256, (2, 51), generator=torch.Generator().manual_seed(7)).to(device)
    forward = model if forward is None else forward
    logits = forward(data[:, :-1], torch.tensor(reach, device=device))
    loss = functional.cross_entropy(logits.flatten(0, 1), data[:, 1:].flatten())
    loss.backward()
    return {"loss": loss.detach()} | {n: p.grad.clone() for n, p in model.named_parameters()}


def test_fused_model_is_as_exact_as_the_plain_one(device):
    model = make_model(device)
    fused = copy.deepcopy(model).fuse()

    found, usual = outcome(fused, torch.float32), outcome(model, torch.float32)
    exact = outcome(model, torch.float64)

    for name, number in exact.items():
        bound = 2 * (usual[name] - number).abs().max() + 1e-6 * number.abs().max()
        assert (found[name] - number).abs().max() <= bound, name


@pytest.mark.slow
def test_fused_model_compiles(device):
    fused = make_model(device).fuse()
    compiled = torch.compile(fused, backend="aot_eager" if device == "cpu" else "inductor")

    found, expected = outcome(fused, torch.float32, compiled), outcome(fused, torch.float32)

    for name, number in expected.items():
        torch.testing.assert_close(found[name], number)


def test_copy_of_a_fused_model_is_fused(device):
    fused = copy.deepcopy(make_model(device).fuse())

    assert fused.norm.__module__ == "training.torch.fused.ops"
    assert fused.blocks[1].c.gate.__module__ == fused.blocks[0].attend.__module__


@pytest.mark.gpu
def test_trainer_is_fused_on_a_gpu_and_learns_alike(tmp_path):
    if not torch.cuda.is_available():
        pytest.skip("no GPU")
    corpus = encode_corpus("a", ["人参甘温，大补元气。" * 40], "gb18030")
    losses = []
    for fused in (True, False):
        config = TrainConfig(
            bytes_budget=40 * 128, batch_bytes=128, curriculum=((1.0, 32),), warmup_steps=1,
            shares={"a": 1.0},
        )  # fmt: skip
        task = Task(SHAPE, config, [corpus], [measure_corpus(corpus, 2, 32)])
        trainer = Trainer(
            tmp_path / str(fused),
            task,
            partial(TorchCore, device="cuda", compiled=False, fused=fused),
        )
        trainer.run()
        losses.append(trainer.validate()["a"])

    assert losses[0] == pytest.approx(losses[1], rel=0.05)
