"""The benchmark's PyTorch peer computes our model, with our weights."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.model.checkpoint import Checkpoint
from inference.reference.wygpt import Wygpt

torch = pytest.importorskip("torch")

from benchmarks.gpu.torch_peer import Decoder, Step

RandomModel = Callable[..., Checkpoint]


def logits_of(
    step: Step, run: Callable[[], object], data: NDArray[np.uint8]
) -> NDArray[np.float32]:
    """(B, N, 256) when each of (B, N) bytes is read, whatever is the most probable one."""
    found = []
    with torch.inference_mode():
        for column in data.T:
            step.byte.copy_(torch.tensor(column.astype(np.int64)))
            found.append(run().float().numpy())
    return np.stack(found, axis=1)


@pytest.mark.parametrize("orders", [(), (1, 2, 4, 6)])
@pytest.mark.parametrize(("dtype", "most"), [(torch.float32, 1e-4), (torch.bfloat16, 0.1)])
def test_logits_are_the_references(
    random_model: RandomModel, orders: tuple[int, ...], dtype: object, most: float
) -> None:
    checkpoint = random_model(24, 2, 20, orders)
    data = np.random.default_rng(2).integers(0, 256, (3, 50), np.uint8)  # the ring comes round
    reference = Wygpt(checkpoint)
    expected = np.stack([reference.extend(reference.new_ring(), row.tobytes()) for row in data])
    step = Step(checkpoint, 3, 20, "cpu", dtype)

    found = logits_of(step, step, data)

    error = np.sqrt(np.square(found - expected).mean() / np.square(expected).mean())
    assert error < most


def test_window_shorter_than_the_context_does_for_short_texts(random_model: RandomModel) -> None:
    checkpoint = random_model(24, 2, 20, (2,))
    data = np.random.default_rng(3).integers(0, 256, (1, 12), np.uint8)
    whole = Step(checkpoint, 1, 20, "cpu", torch.float32)
    short = Step(checkpoint, 1, 12, "cpu", torch.float32)

    assert np.allclose(logits_of(whole, whole, data), logits_of(short, short, data), atol=1e-5)


def test_step_goes_on_by_itself_to_the_most_probable_byte(random_model: RandomModel) -> None:
    step = Step(random_model(24, 2, 20), 2, 20, "cpu", torch.float32)

    with torch.inference_mode():
        logits = step()

    assert step.byte.tolist() == logits.argmax(dim=-1).tolist()
    assert step.position.tolist() == [1]


def test_compiler_takes_the_step_in_one_piece(random_model: RandomModel) -> None:
    checkpoint = random_model(24, 2, 20, (1, 2))
    data = np.random.default_rng(4).integers(0, 256, (2, 4), np.uint8)
    plain = Step(checkpoint, 2, 20, "cpu", torch.float32)
    step = Step(checkpoint, 2, 20, "cpu", torch.float32)
    torch.compiler.reset()

    found = logits_of(
        step, torch.compile(step, backend="eager", fullgraph=True, dynamic=False), data
    )

    assert np.allclose(found, logits_of(plain, plain, data), atol=1e-5)


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_decoder_says_that_there_is_no_gpu(random_model: RandomModel) -> None:
    with pytest.raises(RuntimeError, match="finds no GPU"):
        Decoder(random_model(24, 2, 20), 1, 20, compiled=False)


@pytest.mark.gpu
@pytest.mark.parametrize("compiled", [False, True])
def test_decoder_reads_and_makes_bytes_on_a_gpu(random_model: RandomModel, compiled: bool) -> None:
    if not torch.cuda.is_available():
        pytest.skip("PyTorch finds no GPU")
    checkpoint = random_model(32, 4, 32, (1, 2))
    prompts = np.random.default_rng(5).integers(0, 256, (3, 40), np.uint8)

    decoder = Decoder(checkpoint, 3, 32, compiled=compiled)
    decoder.read(prompts)
    seconds = decoder.seconds(4)

    assert seconds > 0
    assert decoder.step.position.tolist() == [44]
    reference = Wygpt(checkpoint)
    logits = reference.extend(reference.new_ring(), prompts[0].tobytes())[-1]
    decoder.read(prompts)
    best = int(decoder.step.byte[0])
    assert logits[best] > logits.max() - 0.2 * logits.std()  # as far as bfloat16 can tell
