"""The native model against the NumPy one: float, and with the same int8 rounding."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.backends.native import NativeBackend, NativeModel
from inference.backends.native_library import load_library
from inference.config import EngineConfig
from inference.errors import BackendError, CheckpointError, EngineClosed
from inference.model.checkpoint import Checkpoint
from inference.reference.wygpt import log2_softmax
from inference.reference.wygpt_pair import float_model, int8_model

MakeModel = Callable[..., Path]

SHAPES = {
    "one head": {"width": 16, "layers": 2, "heads": 1, "context": 8},
    "odd width": {"width": 18, "layers": 2, "heads": 3, "context": 20},
    "hardly a history": {"width": 24, "layers": 1, "heads": 2, "context": 2},
    "deep": {"width": 96, "layers": 6, "heads": 4, "context": 40},
    "wide": {"width": 192, "layers": 2, "heads": 4, "context": 64},
    "n-grams": {
        "width": 24,
        "layers": 2,
        "heads": 2,
        "context": 20,
        "ngram_orders": (1, 2, 4, 6),
        "ngram_rows": 61,
    },
    "long n-grams": {
        "width": 32,
        "layers": 1,
        "heads": 2,
        "context": 2,
        "ngram_orders": (3, 16),
        "ngram_rows": 300,
    },
    "heads that look no further than 9, 18, 35 and 68 bytes": {
        "width": 32,
        "layers": 2,
        "heads": 4,
        "context": 120,
        "slope": 3.0,
    },
    "wide heads": {"width": 80, "layers": 2, "heads": 1, "context": 33},
    "pairs": {
        "width": 24,
        "layers": 2,
        "heads": 2,
        "context": 20,
        "ngram_orders": (1, 2, 3),
        "ngram_rows": (61, 40, 7),
    },
    "pairs, odd width and context": {
        "width": 18,
        "layers": 1,
        "heads": 3,
        "context": 7,
        "ngram_orders": (2, 8),
        "ngram_rows": (300, 1),
    },
    "pairs, hardly a history": {
        "width": 32,
        "layers": 2,
        "heads": 2,
        "context": 2,
        "ngram_orders": (1,),
        "ngram_rows": (300,),
    },
    "pairs, wide": {
        "width": 192,
        "layers": 2,
        "heads": 4,
        "context": 64,
        "ngram_orders": (1, 2, 3),
        "ngram_rows": (600, 400, 300),
    },
    "pairs that mix": {
        "width": 24,
        "layers": 3,
        "heads": 2,
        "context": 20,
        "ngram_orders": (1, 2, 3),
        "ngram_rows": (61, 40, 7),
        "mixing": True,
    },
    "pairs that mix, odd width and context": {
        "width": 18,
        "layers": 2,
        "heads": 3,
        "context": 7,
        "ngram_orders": (1, 2),
        "ngram_rows": (61, 40),
        "mixing": True,
    },
    "pairs, wide heads": {
        "width": 80,
        "layers": 1,
        "heads": 1,
        "context": 33,
        "ngram_orders": (1, 3),
        "ngram_rows": (60, 40),
    },
}

pytestmark = pytest.mark.usefixtures("built")


@pytest.fixture(scope="module")
def built() -> None:
    load_library()


@pytest.fixture(params=SHAPES.values(), ids=SHAPES)
def checkpoint(request: pytest.FixtureRequest, make_model: MakeModel) -> Checkpoint:
    return Checkpoint.load(make_model(**request.param))


def text(count: int, seed: int = 0) -> bytes:
    return np.random.default_rng(seed).integers(0, 256, count, dtype=np.uint8).tobytes()


def float_logits(checkpoint: Checkpoint, data: bytes) -> NDArray[np.float64]:
    model = float_model(checkpoint, np.float64)
    return np.asarray(model.extend(model.new_ring(), data), np.float64)


def test_prefill_is_decode_and_every_instruction_set_bit_by_bit(checkpoint: Checkpoint) -> None:
    data = text(150)
    found = {
        NativeModel(checkpoint, isa).logits(data, chunk).tobytes()
        for isa in load_library().isa_names()
        for chunk in (1, 2, 3, 4, 7, 32, 150)
    }
    assert len(found) == 1


def test_model_is_as_far_from_the_float_model_as_its_rounding(checkpoint: Checkpoint) -> None:
    data = text(150)
    exact = float_logits(checkpoint, data)
    rounded = int8_model(checkpoint)
    expected = rounded.extend(rounded.new_ring(), data)

    found = NativeModel(checkpoint).logits(data)

    allowed = np.abs(expected - exact).mean()
    assert np.abs(found - exact).mean() <= 1.1 * allowed + 1e-6
    # The same rounding but another order of float sums: a value on an edge may fall either way.
    assert np.median(np.abs(found - expected)) <= 0.2 * allowed + 1e-6


@pytest.mark.parametrize(
    "shape", ["one head", "pairs, odd width and context", "pairs that mix, odd width and context"]
)
def test_context_goes_round_the_ring_for_ever(make_model: MakeModel, shape: str) -> None:
    checkpoint = Checkpoint.load(make_model(**SHAPES[shape]))
    data = text(1000)
    assert np.array_equal(
        NativeModel(checkpoint).logits(data, 64)[-1],
        # What lies further back than the layers together can see changes nothing.
        NativeModel(checkpoint).logits(data[-200:], 5)[-1],
    )


def test_scorer_gives_the_probability_of_each_byte(checkpoint: Checkpoint) -> None:
    data = text(150)
    logits = NativeModel(checkpoint).logits(data)
    expected = log2_softmax(logits)[np.arange(149), np.frombuffer(data, np.uint8)[1:]]
    backend = NativeBackend.open(checkpoint, EngineConfig())

    whole = backend.scorer().feed(data)
    scorer = backend.scorer()
    parts = np.concatenate(
        [scorer.feed(data[a:b]) for a, b in ((0, 1), (1, 1), (1, 90), (90, 150))]
    )
    backend.close()

    assert whole.dtype == np.float32
    assert whole[0] == -8
    assert np.allclose(whole[1:], expected, atol=1e-5)
    assert np.array_equal(whole, parts)
    with pytest.raises(EngineClosed):
        backend.scorer()


def test_unknown_instruction_set_is_refused_with_those_there_are(tiny: Checkpoint) -> None:
    with pytest.raises(BackendError, match=r"'sse9' does not run here; these do: .*portable"):
        NativeModel(tiny, "sse9")


@pytest.mark.parametrize(
    ("shape", "name"),
    [
        *(("one head", name) for name in ("blocks.0.b.pe", "blocks.1.c.u", "head")),
        *(("pairs", name) for name in ("second.embedding", "second.u", "second.head", "ngram.3")),
        ("pairs that mix", "blocks.1.b.mix"),
    ],
)
def test_weight_that_is_no_number_is_refused(make_model: MakeModel, shape: str, name: str) -> None:
    good = Checkpoint.load(make_model(**SHAPES[shape]))
    broken = np.array(good.tensors[name])
    broken[0, 0] = np.inf
    checkpoint = Checkpoint(good.path, good.config, {**good.tensors, name: broken})
    with np.errstate(invalid="ignore"), pytest.raises(CheckpointError):
        NativeModel(checkpoint)
