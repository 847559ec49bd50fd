"""The PyTorch model of pairs against the NumPy reference of the engine."""

import numpy as np
import pytest
import torch

from inference.model.checkpoint import Checkpoint, write_checkpoint
from inference.reference.wygpt_pair import WygptPair as NumpyPair
from training.shape import PairShape, divided, tensor_shapes
from training.torch.pair import WygptPair

SHAPES = {
    "small": PairShape(24, 2, 3, 12, (1, 2, 3), (50, 40, 30)),
    "mixing": PairShape(24, 2, 2, 12, (1, 2), (50, 40), mixing=True),
    "one table": PairShape(16, 1, 1, 9, (2,), (20,)),
}


@pytest.fixture(params=list(SHAPES))
def both(request, tmp_path):
    """One random model: NumPy float64 and PyTorch."""
    shape = SHAPES[request.param]
    random = np.random.default_rng(3)
    tensors = {
        name: random.standard_normal(size).astype(np.float32)
        for name, size in tensor_shapes(shape).items()
    }
    card = {
        **shape.card_fields(), "codec": "utf-16-be", "corpora": [], "bytes_seen": 0, "valid": {},
        "licence": "Apache-2.0", "name": "both", "version": "1",
    }  # fmt: skip
    write_checkpoint(tmp_path, tensors, card)
    checkpoint = Checkpoint.load(tmp_path)
    module = WygptPair(shape)
    kept = {name: np.array(tensor) for name, tensor in checkpoint.tensors.items()}
    module.load_state_dict({n: torch.from_numpy(t) for n, t in divided(kept).items()})
    return NumpyPair(checkpoint, np.float64), module.double()


@pytest.mark.parametrize("pairs", [2, 3, 8, 30])
def test_logits_of_both_bytes_are_those_of_the_engine(both, pairs):
    reference, module = both
    data = np.random.default_rng(4).integers(0, 256, 2 * pairs, np.uint8)

    exact = reference.extend(reference.new_ring(), data.tobytes())
    with torch.no_grad():
        found = module(torch.from_numpy(data)[None])[0].numpy()

    # The engine has a row after each byte, the module one before each byte of the later pairs.
    np.testing.assert_allclose(found, exact[1:-1], atol=1e-4)


def test_nothing_sees_the_future(both):
    _, module = both
    data = torch.randint(0, 256, (1, 20))
    other = data.clone()
    other[0, 13:] = torch.randint(0, 256, (7,))

    first, second = module(data)[0], module(other)[0]

    # Row k predicts byte k + 2; byte 12 is the first of its pair, and alike.
    assert torch.equal(first[:12], second[:12])
    assert not torch.equal(first[12:], second[12:])
