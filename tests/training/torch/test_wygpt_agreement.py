"""The NumPy forward pass of the engine and the PyTorch one of the training are the same."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from inference.model.checkpoint import Checkpoint, write_checkpoint
from inference.model.config import wygpt_shapes
from inference.reference.wygpt import Wygpt as NumpyWygpt
from training.shape import WygptShape
from training.torch.wygpt import Wygpt

MakeBoth = Callable[[WygptShape], tuple[NumpyWygpt, NumpyWygpt, Wygpt]]


@pytest.fixture
def both(tmp_path: Path) -> MakeBoth:
    """One random model: NumPy float32, NumPy float64, PyTorch float32."""

    def make(shape: WygptShape) -> tuple[NumpyWygpt, NumpyWygpt, Wygpt]:
        random = np.random.default_rng(3)
        shapes = wygpt_shapes(shape.width, shape.layers, shape.heads, shape.context)
        tensors = {n: random.standard_normal(s).astype(np.float32) for n, s in shapes.items()}
        card = {
            "family": "wygpt",
            "codec": "gb18030",
            "context": shape.context,
            "width": shape.width,
            "layers": shape.layers,
            "heads": shape.heads,
            "corpora": [],
            "bytes_seen": 0,
            "valid": {},
            "licence": "Apache-2.0",
            "name": "both",
            "version": "1",
        }
        write_checkpoint(tmp_path / "both", tensors, card)
        checkpoint = Checkpoint.load(tmp_path / "both")
        model = Wygpt(shape)
        model.load_state_dict(
            {
                name: torch.from_numpy(tensor.copy())
                / (1.0 if name.endswith(".pe") else shape.width**0.5)
                for name, tensor in checkpoint.tensors.items()
            }
        )
        return NumpyWygpt(checkpoint), NumpyWygpt(checkpoint, np.float64), model

    return make


@pytest.mark.parametrize(
    "shape",
    [
        WygptShape(width=32, layers=3, heads=4, context=24),
        WygptShape(width=48, layers=2, heads=1, context=9),
        WygptShape(width=192, layers=7, heads=4, context=64),
    ],
    ids=["small", "one head", "shipped width"],
)
def test_numpy_is_at_most_twice_as_far_from_exact_as_pytorch(
    both: MakeBoth, shape: WygptShape
) -> None:
    single, double, model = both(shape)
    data = bytes(np.random.default_rng(4).integers(0, 256, shape.context, np.uint8))

    exact = double.extend(double.new_ring(), data)
    ours = single.extend(single.new_ring(), data)
    with torch.no_grad():
        theirs = model(torch.frombuffer(bytearray(data), dtype=torch.uint8)[None])[0].numpy()

    assert np.abs(theirs - exact).max() < 5e-3
    assert np.abs(ours - exact).max() <= 2 * np.abs(theirs - exact).max() + 1e-5
