"""The trainer in C++ against float64 autograd, and against PyTorch over many steps."""

import math
import os

import numpy as np
import pytest
import torch
from torch.nn import functional

from training.batches import Batch
from training.core import Rates
from training.errors import LossError, RunError
from training.native import NativeCore, isa_names, product_rate
from training.shape import PairShape, WygptShape, initial_tensors, tensor_shapes
from training.torch.core import TorchCore
from training.torch.pair import WygptPair
from training.torch.wygpt import Wygpt

MOST_THREADS = min(2, os.cpu_count() or 1)
RATES = Rates(muon_lr=0.02, adam_lr=0.01, weight_decay=0.02)

# Shape, windows, steps of a window, reach.
CASES = {
    "one step": (WygptShape(48, 2, 4, 20), 2, 1, None),
    "two steps": (WygptShape(48, 1, 1, 20), 2, 2, None),
    "tables": (WygptShape(64, 1, 2, 33, (2, 3), 50), 3, 31, None),
    "longer than the context": (WygptShape(96, 2, 4, 50, (1, 2, 4), 77), 2, 70, None),
    "short reach": (WygptShape(192, 1, 4, 200), 1, 100, 13),
    "eight heads": (WygptShape(256, 1, 8, 40), 1, 64, None),
    "no multiple of 16": (WygptShape(100, 2, 4, 40), 2, 37, 20),
    "odd heads": (WygptShape(57, 1, 3, 40), 3, 18, None),
    "pairs": (PairShape(96, 2, 2, 40, (1, 2, 3), (50, 60, 70)), 2, 45, None),
    "pairs that mix": (PairShape(192, 1, 4, 150, (1, 2, 3), (50, 60, 70), mixing=True), 2, 130, 90),
    "pairs of an odd width": (PairShape(51, 1, 1, 40, (1,), (9,), mixing=True), 2, 21, 5),
    "pairs without tables": (PairShape(48, 2, 1, 40, (), (), mixing=True), 3, 1, None),
}


def random_tensors(shape, seed):
    """Weights of a size at which every part of the model matters."""
    rng = np.random.default_rng(seed)
    found = {}
    for name, (rows, columns) in tensor_shapes(shape).items():
        plain = name.endswith((".pe", ".mix", ".embedding")) or name.startswith("ngram.")
        scale = 0.6 if plain else 1 / math.sqrt(columns)
        found[name] = (rng.standard_normal((rows, columns)) * scale).astype(np.float32)
    return found


def random_batch(shape, windows, steps, seed=2, distilled=False):
    """Targets of all weights, some of weight 0 and some to be unlearnt."""
    rng = np.random.default_rng(seed)
    each = shape.step_bytes
    data = rng.integers(0, 256, (windows, (steps + 1) * each)).astype(np.uint8)
    weights = rng.random((windows, steps * each)).astype(np.float32)
    weights[rng.random(weights.shape) < 0.2] = 0.0
    weights[rng.random(weights.shape) < 0.1] *= -1.0
    weights[0, 0] = 1.0
    taught = np.arange(windows) % 2 == 0 if distilled else np.zeros(windows, np.bool_)
    return Batch(data, weights, taught)


def exact_module(shape, tensors):
    """The PyTorch module in float64."""
    module = (WygptPair if isinstance(shape, PairShape) else Wygpt)(shape).double()
    weights = {name: torch.from_numpy(t.astype(np.float64)) for name, t in tensors.items()}
    module.load_state_dict(weights)
    return module


def exact_losses(shape, tensors, batch, reach, teacher=None):
    """Return the weighted loss, its gradients by name, and each target's loss."""
    each = shape.step_bytes
    data = torch.from_numpy(batch.data.astype(np.int64))
    read = data if each == 2 else data[:, :-1]
    bound = None if reach is None else torch.tensor(reach)
    module = exact_module(shape, tensors)
    logits = module(read, bound)
    target = data[:, each:]
    losses = functional.cross_entropy(
        logits.flatten(0, 1), target.flatten(), reduction="none"
    ).view(target.shape)
    if teacher is not None:
        with torch.no_grad():
            expected = exact_module(shape, teacher)(read, bound).softmax(-1)
        soft = -(expected * logits.log_softmax(-1)).sum(-1)
        losses = torch.where(torch.from_numpy(batch.distilled)[:, None], soft, losses)
    weights = torch.from_numpy(batch.weights.astype(np.float64))
    loss = (losses * weights).sum() / weights.abs().sum()
    loss.backward()
    gradients = {name: p.grad.numpy() for name, p in module.named_parameters()}
    return loss.item(), gradients, losses.detach().numpy()


def assert_gradients(found, exact, tolerance):
    """Compare by norm; a gradient that is as good as zero may be off by a bit of the others'."""
    norms = {name: float(np.linalg.norm(g)) for name, g in exact.items()}
    least = 1e-2 * max(norms.values())
    assert found.keys() == exact.keys()
    for name, gradient in found.items():
        off = float(np.linalg.norm(gradient - exact[name])) / max(norms[name], least)
        assert off < tolerance, f"{name} is off by {off:.1e}"


@pytest.mark.parametrize("isa", isa_names())
@pytest.mark.parametrize("distilled", [False, True], ids=["text", "teacher"])
@pytest.mark.parametrize("case", list(CASES))
def test_gradients_are_those_of_autograd(case, distilled, isa):
    shape, windows, steps, reach = CASES[case]
    tensors = random_tensors(shape, 1)
    teacher = random_tensors(shape, 5) if distilled else None
    batch = random_batch(shape, windows, steps, distilled=distilled)
    core = NativeCore(shape, tensors, threads=MOST_THREADS, isa=isa)
    if teacher is not None:
        core.set_teacher(teacher)

    loss, gradients = core.gradients(batch, reach)
    losses = core.losses(batch, reach)

    exact_loss, exact, exact_each = exact_losses(shape, tensors, batch, reach, teacher)
    half = "bf16" in isa  # of 8 bits: some hundredths, after some layers
    assert loss == pytest.approx(exact_loss, abs=2e-2 if half else 1e-5)
    np.testing.assert_allclose(losses, exact_each, atol=0.2 if half else 1e-4)
    assert_gradients(gradients, exact, 6e-2 if half else 1e-4)


LEARNERS = {
    "bytes": WygptShape(96, 2, 2, 64),
    "tables": WygptShape(96, 1, 2, 40, (1, 2, 3), 500),
    "pairs": PairShape(96, 2, 2, 64, (1, 2, 3), (500, 400, 300), mixing=True),
}


def text_batches(shape, count, steps=48, windows=4):
    """Windows of a text that can be learnt, though not soon by heart."""
    rng = np.random.default_rng(4)
    words = ["".join(map(chr, rng.integers(0x4E00, 0x4E40, n))) for n in rng.integers(1, 5, 90)]
    text = "".join(words[i] for i in (90 * rng.random(3000) ** 2).astype(int))
    each = shape.step_bytes
    data = np.frombuffer(text.encode("utf-16-be"), np.uint8)
    length = (steps + 1) * each
    for _ in range(count):
        starts = rng.integers(0, (len(data) - length) // each, windows) * each
        rows = np.stack([data[start : start + length] for start in starts])
        yield Batch(rows, np.ones((windows, steps * each), np.float32), np.zeros(windows, np.bool_))


@pytest.mark.parametrize("name", list(LEARNERS))
def test_fifty_steps_have_the_losses_of_pytorch(name):
    shape = LEARNERS[name]
    start = initial_tensors(shape, 1)
    ours = NativeCore(shape, start, threads=MOST_THREADS, isa="float32")
    theirs = TorchCore(shape, start, compiled=False)

    losses = []
    for step, batch in enumerate(text_batches(shape, 50), 1):
        rates = Rates(RATES.muon_lr * step / 60, RATES.adam_lr * step / 60, RATES.weight_decay)
        losses.append((ours.step(batch, rates), theirs.step(batch, rates)))

    np.testing.assert_allclose(*np.array(losses).T, atol=1e-3)
    assert losses[-1][0] < 0.5 * losses[0][0]
    for tensor, weights in theirs.tensors().items():
        np.testing.assert_allclose(ours.tensors()[tensor], weights, atol=1e-3, err_msg=tensor)


@pytest.mark.parametrize("isa", isa_names())
def test_every_instruction_set_learns_alike(isa):
    shape = LEARNERS["pairs"]
    start = initial_tensors(shape, 1)
    core = NativeCore(shape, start, isa=isa)
    exact = NativeCore(shape, start, isa="float32")

    losses = [(core.step(b, RATES), exact.step(b, RATES)) for b in text_batches(shape, 20)]

    np.testing.assert_allclose(*np.array(losses).T, atol=3e-2 if "bf16" in isa else 1e-3)


@pytest.mark.parametrize("threads", range(1, MOST_THREADS + 1))
def test_same_start_and_threads_give_the_same_bits(threads):
    shape = LEARNERS["pairs"]
    runs = []
    for _ in range(2):
        core = NativeCore(shape, initial_tensors(shape, 1), threads=threads)
        losses = [core.step(batch, RATES) for batch in text_batches(shape, 5)]
        runs.append((losses, core.tensors(), core))

    (first, weights, _), (second, others, _) = runs

    assert first == second
    for name, tensor in weights.items():
        np.testing.assert_array_equal(tensor, others[name])


def test_restored_core_goes_on_with_the_same_bits():
    shape = LEARNERS["pairs"]
    batches = list(text_batches(shape, 6))
    core = NativeCore(shape, initial_tensors(shape, 1))
    for batch in batches[:3]:
        core.step(batch, RATES)
    tensors = {name: tensor.copy() for name, tensor in core.tensors().items()}
    state = {name: array.copy() for name, array in core.state().items()}
    expected = [core.step(batch, RATES) for batch in batches[3:]]

    other = NativeCore(shape, initial_tensors(shape, 2))
    other.restore(tensors, state)

    assert [other.step(batch, RATES) for batch in batches[3:]] == expected


def test_windows_of_other_lengths_may_follow_each_other():
    shape = PairShape(48, 1, 2, 30, (1,), (20,), mixing=True)
    tensors = random_tensors(shape, 1)
    core = NativeCore(shape, tensors)
    batches = [random_batch(shape, 2, 20), random_batch(shape, 5, 70), random_batch(shape, 1, 3)]

    found = [core.gradients(batch)[0] for batch in (*batches, batches[0])]

    fresh = [NativeCore(shape, tensors).gradients(batch)[0] for batch in batches]
    assert found == [*fresh, fresh[0]]


def test_gradients_move_nothing():
    shape = LEARNERS["pairs"]
    core = NativeCore(shape, initial_tensors(shape, 1))

    core.gradients(next(text_batches(shape, 1)))

    for name, tensor in initial_tensors(shape, 1).items():
        np.testing.assert_array_equal(core.tensors()[name], tensor)


def test_weights_that_are_no_numbers_stop_the_step_and_nothing_moves():
    shape = WygptShape(48, 1, 2, 20)
    core = NativeCore(shape, random_tensors(shape, 1))
    batch = random_batch(shape, 2, 16)
    core.tensors()["blocks.0.a.u"][3, 4] = np.nan
    before = {name: tensor.copy() for name, tensor in core.tensors().items()}

    with pytest.raises(LossError, match="not a number"):
        core.step(batch, RATES)

    assert core.state()["step"] == 0
    for name, tensor in core.tensors().items():
        np.testing.assert_array_equal(tensor, before[name])


def test_weights_that_overflow_stop_the_step():
    shape = WygptShape(48, 1, 2, 20)
    core = NativeCore(shape, random_tensors(shape, 1))
    core.tensors()["head"][...] = 3e38

    with pytest.raises(LossError):
        core.step(random_batch(shape, 2, 16), RATES)


def test_batch_of_another_family_is_refused():
    pairs = PairShape(48, 1, 2, 20, (), ())
    core = NativeCore(pairs, initial_tensors(pairs, 1))

    with pytest.raises(RunError, match="does not fit a model of 2 bytes a step"):
        core.step(random_batch(WygptShape(48, 1, 2, 20), 2, 16), RATES)


def test_batch_in_which_nothing_counts_is_refused():
    shape = WygptShape(48, 1, 2, 20)
    batch = random_batch(shape, 2, 16)
    batch.weights[...] = 0.0

    core = NativeCore(shape, initial_tensors(shape, 1))

    with pytest.raises(RunError, match="argument"):
        core.step(batch, RATES)
    np.testing.assert_allclose(core.losses(batch), math.log(256), rtol=1e-5)


def test_distilled_rows_need_a_teacher():
    shape = WygptShape(48, 1, 2, 20)

    with pytest.raises(RunError, match="argument"):
        NativeCore(shape, initial_tensors(shape, 1)).step(
            random_batch(shape, 2, 16, distilled=True), RATES
        )


def test_tensors_of_another_shape_are_refused():
    shape = WygptShape(48, 1, 2, 20)
    core = NativeCore(shape, initial_tensors(shape, 1))
    wider = initial_tensors(WygptShape(64, 1, 2, 20), 1)
    deeper = initial_tensors(WygptShape(48, 2, 2, 20), 1)

    with pytest.raises(RunError, match=r"blocks.0.a.u is of shape \(128, 64\), not \(96, 48\)"):
        core.set_teacher(wider)
    with pytest.raises(RunError, match=r"differ from those given in blocks.1"):
        core.restore(deeper, core.state())


def test_more_threads_than_the_machine_has_are_refused():
    shape = WygptShape(48, 1, 2, 20)

    with pytest.raises(RunError, match="threads is 9999"):
        NativeCore(shape, initial_tensors(shape, 1), threads=9999)


def test_unknown_instruction_set_is_refused():
    shape = WygptShape(48, 1, 2, 20)

    with pytest.raises(RunError, match=r"these do: .*portable"):
        NativeCore(shape, initial_tensors(shape, 1), isa="sse9")


def test_products_have_a_rate_of_their_own():
    assert product_rate("portable", 32, 48, 48, 0.01) > 1e6


def test_time_is_told_by_what_it_went_to():
    shape = LEARNERS["pairs"]
    core = NativeCore(shape, initial_tensors(shape, 1))

    core.step(next(text_batches(shape, 1)), RATES)

    assert all(seconds > 0 for seconds in core.times().values())
