"""Pairs of bytes: the NumPy model against the formulas in plain float64, step by step."""

from __future__ import annotations

import math

import numpy as np
import pytest

from inference.model.checkpoint import Checkpoint
from inference.model.hashing import byte_embedding
from inference.reference.wygpt import Wygpt, log2_softmax
from inference.reference.wygpt_int8 import WygptInt8
from inference.reference.wygpt_pair import WygptPair, WygptPairInt8, float_model, int8_model
from tests.tools.pair_models import write_random_pair

TEXT = "凡用药，先辨寒热虚实。\n".encode("utf-16-le") * 6
ODD = TEXT[:-1]


@pytest.fixture(scope="module", params=[False, True], ids=["plain", "mixing"])
def pairs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Checkpoint:
    path = tmp_path_factory.mktemp("pairs") / "model"
    return Checkpoint.load(write_random_pair(path, mixing=request.param))


def norm(x: np.ndarray, groups: int) -> np.ndarray:
    parts = np.split(x, groups)
    return np.concatenate([(p - p.mean()) / math.sqrt(p.var() + 1e-12) for p in parts])


class Plain:
    """The family's definition for one text, position by position and head by head, in float64."""

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.card = checkpoint.config
        self.tensors = {n: t.astype(np.float64) for n, t in checkpoint.tensors.items()}
        self.embedding = byte_embedding(self.card.width, 512).astype(np.float64)

    def logits(self, data: bytes) -> np.ndarray:
        """Of the byte after each byte."""
        rows, output = [], np.zeros(self.card.width)
        outputs = self.outputs(data[: len(data) // 2 * 2])
        for place, byte in enumerate(data):
            if place % 2 == 0:
                rows.append(self.second(output, byte))
            else:
                output = outputs[place // 2]
                rows.append(self.linear("head", output))
        return np.array(rows)

    def linear(self, name: str, x: np.ndarray) -> np.ndarray:
        return self.tensors[name] @ x / math.sqrt(len(x))

    def gate(self, name: str, x: np.ndarray) -> np.ndarray:
        heads, width = self.card.heads, self.card.width
        z = norm(self.linear(f"{name}.u", x), 2 * heads)
        return x + self.linear(f"{name}.o", norm(z[:width] * z[width:], heads))

    def second(self, output: np.ndarray, first: int) -> np.ndarray:
        z = self.gate("second", output + self.tensors["second.embedding"][first])
        return self.linear("second.head", norm(z, 1))

    def row(self, numbers: list[int], order: int, rows: int) -> int:
        value = 0
        for back in range(order):
            value = (value * 0x01000193 % 2**32) ^ (
                numbers[-1 - back] + 1 if back < len(numbers) else 0
            )
        for shift, multiplier in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
            value = (value ^ (value >> shift)) * multiplier % 2**32
        return (value ^ (value >> 16)) % rows

    def embed(self, data: bytes, step: int) -> np.ndarray:
        numbers = [256 * data[2 * i] + data[2 * i + 1] for i in range(step + 1)]
        first, second = divmod(numbers[-1], 256)
        x = (self.embedding[first] + self.embedding[256 + second]) / math.sqrt(2)
        tables = [
            self.tensors[f"ngram.{order}"][self.row(numbers, order, rows)]
            for order, rows in zip(self.card.ngram_orders, self.card.table_rows, strict=True)
        ]
        return x + np.concatenate(tables)

    def mixed(self, layer: int, raw: np.ndarray, before: np.ndarray) -> np.ndarray:
        if not self.card.mixing:
            return raw
        mix, e = self.tensors[f"blocks.{layer}.b.mix"], self.card.width
        share = np.concatenate((mix[0], np.zeros(e), mix[1], np.zeros(e)))
        return raw + share * before

    def outputs(self, data: bytes) -> list[np.ndarray]:
        card = self.card
        size = card.width // card.heads
        kept = [([], []) for _ in range(card.layers)]
        before = [np.zeros(4 * card.width) for _ in range(card.layers)]
        found = []
        for step in range(len(data) // 2):
            x = self.embed(data, step)
            for layer, (keys, values) in enumerate(kept):
                x = self.gate(f"blocks.{layer}.a", x)
                raw = self.linear(f"blocks.{layer}.b.x", x)
                z = norm(self.mixed(layer, raw, before[layer]), 4 * card.heads)
                before[layer] = raw
                key, query, value, out_gate = np.split(z, 4)
                keys.append(key)
                values.append(value)
                mixed = np.zeros(card.width)
                for head in range(card.heads):
                    part = slice(head * size, (head + 1) * size)
                    reach = range(min(step, card.context - 1) + 1)
                    bias = self.tensors[f"blocks.{layer}.b.pe"][head]
                    a = [query[part] @ keys[step - d][part] / math.sqrt(size) for d in reach]
                    w = np.exp(np.array(a) + bias[: len(reach)])
                    w /= w.sum()
                    mixed[part] = sum(w[d] * values[step - d][part] for d in reach)
                x = x + self.linear(f"blocks.{layer}.b.o", norm(mixed * out_gate, card.heads))
                x = self.gate(f"blocks.{layer}.c", x)
            found.append(norm(x, 1))
        return found


@pytest.mark.parametrize("data", [TEXT, ODD, TEXT[:2], TEXT[:1]], ids=["even", "odd", "2", "1"])
def test_forward_is_the_definition_far_beyond_the_context(pairs: Checkpoint, data: bytes) -> None:
    model = float_model(pairs, np.float64)

    logits = model.extend(model.new_ring(), data)

    assert len(TEXT) > 4 * pairs.config.context_bytes
    assert logits.dtype == np.float64
    assert logits == pytest.approx(Plain(pairs).logits(data), abs=1e-9)


def test_float32_stays_float32_and_near(pairs: Checkpoint) -> None:
    model = float_model(pairs)
    logits = model.extend(model.new_ring(), ODD)
    assert logits.dtype == np.float32
    assert np.abs(logits - Plain(pairs).logits(ODD)).max() < 5e-4


def test_int8_is_near_the_float_model(pairs: Checkpoint) -> None:
    rough = int8_model(pairs)
    right = log2_softmax(Plain(pairs).logits(ODD))
    logits = rough.extend(rough.new_ring(), ODD)
    assert logits.dtype == np.float32
    assert np.abs(log2_softmax(logits) - right).mean() < 0.3


@pytest.mark.parametrize("kind", [WygptPair, WygptPairInt8])
@pytest.mark.parametrize("size", [1, 2, 3, 7, 31, 32, 33])
def test_text_may_come_in_parts_of_any_size(
    pairs: Checkpoint, kind: type[Wygpt], size: int
) -> None:
    model = kind(pairs)
    whole = model.extend(model.new_ring(), ODD)

    ring = model.new_ring()
    parts = [model.extend(ring, ODD[i : i + size]) for i in range(0, len(ODD), size)]

    # A float at a rounding edge may fall to the other integer, hence the room for int8.
    room = 1e-3 if kind is WygptPair else 0.5
    assert np.abs(np.concatenate(parts) - whole).max() < room
    assert ring.seen == len(ODD) // 2
    assert ring.pending == ODD[-1:]


@pytest.mark.parametrize("data", [TEXT, ODD, TEXT[:1]], ids=["even", "odd", "one byte"])
def test_prefill_gives_the_last_row(pairs: Checkpoint, data: bytes) -> None:
    model = float_model(pairs)
    rows = model.extend(model.new_ring(), data)
    last = model.prefill(model.new_ring(), data)
    assert last.shape == (256,)
    assert last == pytest.approx(rows[-1], abs=1e-4)


def test_waiting_byte_is_read_with_the_next(pairs: Checkpoint) -> None:
    model = float_model(pairs)
    ring = model.new_ring()
    model.prefill(ring, ODD)
    after = model.prefill(ring, TEXT[-1:])
    assert ring.pending == b""
    assert after == pytest.approx(model.prefill(model.new_ring(), TEXT), abs=1e-4)


def test_nothing_to_read_gives_no_rows(pairs: Checkpoint) -> None:
    model = float_model(pairs)
    assert model.extend(model.new_ring(), b"").shape == (0, 256)


def test_other_families_keep_their_models(tiny: Checkpoint) -> None:
    assert type(float_model(tiny)) is Wygpt
    assert type(int8_model(tiny)) is WygptInt8
