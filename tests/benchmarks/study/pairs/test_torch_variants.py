"""Architectures of the study that PyTorch alone computes."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from benchmarks.study.pairs.torch_variants import KINDS, Experts, StudyPair
from training.shape import PairShape, initial_tensors
from training.torch.pair import WygptPair

SHAPE = PairShape(24, 5, 2, 16, (1, 2, 3), (60, 40, 30), mixing=True)


def model(kind, seed=1):
    torch.manual_seed(seed)
    built = WygptPair(SHAPE) if kind is None else StudyPair(SHAPE, kind)
    for name, param in built.named_parameters():
        rng = np.random.default_rng(sum(name.encode()))
        param.data = torch.from_numpy(rng.normal(0, 0.3, param.shape)).float()
    return built


def data(seed=1):
    return torch.from_numpy(np.random.default_rng(seed).integers(0, 256, (3, 34)))


def test_plain_is_the_model_of_the_family():
    assert torch.equal(model("plain")(data()), model(None)(data()))


@pytest.mark.parametrize("kind", KINDS[1:])
def test_a_variant_says_something_else_and_never_looks_ahead(kind):
    built, text = model(kind), data()
    changed = text.clone()
    changed[:, 20:] = (changed[:, 20:] + 1) % 256
    with torch.no_grad():
        found, later = built(text), built(changed)

    assert not torch.allclose(found, model("plain")(text), atol=1e-3)
    # Bytes from 20 on differ: what predicts bytes up to 20 (targets begin with byte 2) does not.
    assert torch.allclose(found[:, :19], later[:, :19], atol=1e-5)
    assert not torch.allclose(found[:, 19:], later[:, 19:], atol=1e-3)


def test_a_variant_begins_with_the_weights_of_the_base():
    names = set(initial_tensors(SHAPE, 1))

    for kind in ("sign", "gate", "values"):
        assert names <= {name for name, _ in model(kind).named_parameters()}


def test_one_gate_works_for_each_step():
    torch.manual_seed(1)
    experts = Experts(24, 2, learned=False)
    for gate in experts.gates:
        torch.nn.init.normal_(gate.o)
    x = torch.randn(2, 5, 24)
    experts.hashed = torch.tensor([[0, 1, 2, 3, 0], [3, 3, 2, 1, 0]])

    found = experts(x)

    for row, chosen in enumerate(experts.hashed.tolist()):
        for step, which in enumerate(chosen):
            expected = experts.gates[which](x[row, step][None, None])[0, 0]
            assert torch.allclose(found[row, step], expected, atol=1e-5)


def test_the_learned_choice_keeps_all_gates_at_work():
    torch.manual_seed(1)
    experts = Experts(24, 2, learned=True)
    with torch.no_grad():
        experts.router_pe[0] += torch.tensor([1.0, -1.0] * 12)
    x = torch.randn(4, 64, 24) + torch.tensor([1.0, -1.0] * 12)

    def loads():
        return (experts._weights(x) > 0).float().mean(dim=(0, 1))

    with torch.no_grad():
        before = loads()
    for _ in range(300):
        experts._weights(x)
    with torch.no_grad():
        after = loads()

    assert before.max() > 0.5
    assert after.max() < 0.4
    assert after.min() > 0.1
