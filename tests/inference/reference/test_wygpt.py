import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from inference.errors import KernelError
from inference.model.checkpoint import Checkpoint
from inference.reference.wygpt import Wygpt, group_norm, log2_softmax, softmax
from inference.reference.wygpt_int8 import WygptInt8

TEXT = "凡用药，先辨寒热虚实。\n".encode("gb18030") * 5


def norm(x: np.ndarray, groups: int) -> np.ndarray:
    parts = np.split(x, groups)
    return np.concatenate([(p - p.mean()) / math.sqrt(p.var() + 1e-12) for p in parts])


def forward(checkpoint: Checkpoint, data: bytes) -> np.ndarray:
    """The published formulas, position by position and head by head, in float64."""
    card, tensors = checkpoint.config, checkpoint.tensors
    width, heads = card.width, card.heads
    size = width // heads
    embedding = Wygpt(checkpoint).embedding.astype(np.float64)

    def linear(name: str, x: np.ndarray) -> np.ndarray:
        return tensors[name].astype(np.float64) @ x / math.sqrt(len(x))

    def gate(name: str, x: np.ndarray) -> np.ndarray:
        z = norm(linear(f"{name}.u", x), 2 * heads)
        return x + linear(f"{name}.o", norm(z[:width] * z[width:], heads))

    keys: dict[int, list[np.ndarray]] = {layer: [] for layer in range(card.layers)}
    values: dict[int, list[np.ndarray]] = {layer: [] for layer in range(card.layers)}
    rows = []
    for position, byte in enumerate(data):
        x = embedding[byte]
        for layer in range(card.layers):
            block = f"blocks.{layer}"
            x = gate(f"{block}.a", x)
            z = norm(linear(f"{block}.b.x", x), 4 * heads)
            key, query, value, out_gate = np.split(z, 4)
            keys[layer].append(key)
            values[layer].append(value)
            mixed = np.zeros(width)
            for head in range(heads):
                part = slice(head * size, (head + 1) * size)
                reach = range(min(position, card.context - 1) + 1)
                a = np.array(
                    [
                        query[part] @ keys[layer][position - d][part] / math.sqrt(size)
                        + tensors[f"{block}.b.pe"][head, d]
                        for d in reach
                    ]
                )
                w = np.exp(a) / np.exp(a).sum()
                mixed[part] = sum(w[d] * values[layer][position - d][part] for d in reach)
            x = x + linear(f"{block}.b.o", norm(mixed * out_gate, heads))
            x = gate(f"{block}.c", x)
        rows.append(linear("head", norm(x, 1)))
    return np.array(rows)


def test_forward_is_the_published_one_far_beyond_the_context(tiny: Checkpoint) -> None:
    right = forward(tiny, TEXT)
    model = Wygpt(tiny, np.float64)

    logits = model.extend(model.new_ring(), TEXT)

    assert len(TEXT) > 5 * tiny.config.context
    assert logits.dtype == np.float64
    assert logits == pytest.approx(right, abs=1e-9)


def test_float32_stays_float32_and_near(tiny: Checkpoint) -> None:
    right = forward(tiny, TEXT)
    model = Wygpt(tiny)

    logits = model.extend(model.new_ring(), TEXT)

    assert logits.dtype == np.float32
    assert np.abs(logits - right).max() < 2e-4


@pytest.mark.parametrize("kind", [Wygpt, WygptInt8])
@pytest.mark.parametrize("size", [1, 2, 7, 15, 16, 17, 40])
def test_text_may_come_in_parts_of_any_size(tiny: Checkpoint, kind: type[Wygpt], size: int) -> None:
    model = kind(tiny)
    whole = model.extend(model.new_ring(), TEXT)

    ring = model.new_ring()
    parts = [model.extend(ring, TEXT[i : i + size]) for i in range(0, len(TEXT), size)]

    # A float at a rounding edge may fall to the other integer, hence the room for int8.
    room = 1e-3 if kind is Wygpt else 0.2
    assert np.abs(np.concatenate(parts) - whole).max() < room
    assert ring.seen == len(TEXT)


def test_prefill_gives_the_last_row(tiny: Checkpoint) -> None:
    model = Wygpt(tiny)
    rows = model.extend(model.new_ring(), TEXT)
    last = model.prefill(model.new_ring(), TEXT)
    assert last.shape == (256,)
    assert last == pytest.approx(rows[-1], abs=1e-4)


def test_bytes_beyond_the_reach_of_all_layers_are_forgotten(tiny: Checkpoint) -> None:
    card = tiny.config
    model = Wygpt(tiny)
    tail = TEXT[: card.layers * (card.context - 1) + 1]
    one = model.prefill(model.new_ring(), b"a" * 30 + tail)
    other = model.prefill(model.new_ring(), b"b" * 50 + tail)
    assert one == pytest.approx(other, abs=1e-3)


def test_nothing_to_read_gives_no_rows(tiny: Checkpoint) -> None:
    model = Wygpt(tiny)
    assert model.extend(model.new_ring(), b"").shape == (0, 256)


def test_one_head_and_smallest_context_work(make_model: Callable[..., Path]) -> None:
    checkpoint = Checkpoint.load(make_model(width=4, heads=1, layers=1, context=2))
    model = Wygpt(checkpoint, np.float64)
    logits = model.extend(model.new_ring(), TEXT)
    assert logits == pytest.approx(forward(checkpoint, TEXT), abs=1e-9)


def test_model_that_overflows_is_an_error_and_not_a_byte(tiny: Checkpoint) -> None:
    tensors = dict(tiny.tensors)
    tensors["head"] = np.sign(tensors["head"]) * np.float32(3e38)
    model = Wygpt(Checkpoint(tiny.path, tiny.config, tensors))
    with pytest.raises(KernelError, match="not finite"):
        model.prefill(model.new_ring(), b"abc")


def test_norm_gives_each_group_mean_zero_and_variance_one() -> None:
    x = np.random.default_rng(0).standard_normal((3, 12)).astype(np.float32) * 5 + 2
    parts = group_norm(x, 4).reshape(3, 4, 3)
    assert parts.dtype == np.float32
    assert parts.mean(-1) == pytest.approx(np.zeros((3, 4)), abs=1e-6)
    assert parts.var(-1) == pytest.approx(np.ones((3, 4)), abs=1e-5)


def test_norm_of_a_constant_is_zero() -> None:
    assert not group_norm(np.full((1, 8), 3, np.float32), 2).any()


def test_softmax_stands_large_scores() -> None:
    shares = softmax(np.array([1000.0, 1000.0, -np.inf], np.float32))
    assert shares.tolist() == [0.5, 0.5, 0.0]
    assert shares.dtype == np.float32


def test_log2_softmax_sums_to_one() -> None:
    logs = log2_softmax(np.linspace(-500, 500, 256, dtype=np.float32))
    assert logs.dtype == np.float64
    assert np.exp2(logs).sum() == pytest.approx(1.0)
