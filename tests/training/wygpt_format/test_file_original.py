"""Our float32 against the original program: its integer arithmetic rendered here, and its figures.

The rendering is written from the published formulas and shares no code with `inference`.
"""

import hashlib
import json
import math
from pathlib import Path

import numpy as np
import pytest

from inference.config import EngineConfig
from inference.engine import Engine
from inference.model.checkpoint import Checkpoint
from inference.reference.wygpt import Wygpt, log2_softmax
from training.wygpt_format.exchange import About, import_wygpt
from training.wygpt_format.file import WygptSizes, read_wygpt, write_wygpt

FIGURES = Path(__file__).parent / "original.json"
NATS = 0.02
"""What the int16 rounding of the original may make."""


class Original:
    """Bytes to log-probabilities as the original computes them, one byte at a time."""

    def __init__(self, sizes, tensors):
        self.sizes = sizes
        self.root = np.float32(math.sqrt(sizes.width // sizes.heads))
        self.bias = {n: t for n, t in tensors.items() if n.endswith(".pe")}
        self.rows = {n: quantize(t) for n, t in tensors.items() if not n.endswith(".pe")}
        self.past = [[] for _ in range(sizes.depth)]

    def read(self, data):
        """(N,) bytes to (N, 256) ln p of the byte that follows each."""
        return np.array([self.step(byte) for byte in data])

    def step(self, byte):
        x = np.array([2 * (pair_hash(byte, j) & 1) - 1 for j in range(self.sizes.width)], "f4")
        for block in range(self.sizes.depth):
            x = self.gate(f"blocks.{block}.a", x)
            x = self.attend(block, x)
            x = self.gate(f"blocks.{block}.c", x)
        logits = self.linear("head", norm(x, 1)).astype(np.float64)
        logits -= logits.max()
        return logits - np.log(np.exp(logits).sum())

    def linear(self, name, x):
        weights, weight_scales = self.rows[name]
        q, scale = quantize(x)
        assert abs(weights @ q).max() < 2**31
        return (weights @ q).astype("f4") / (weight_scales * scale) / np.float32(math.sqrt(len(x)))

    def gate(self, name, x):
        first, second = np.split(norm(self.linear(f"{name}.u", x), 2 * self.sizes.heads), 2)
        return x + self.linear(f"{name}.o", norm(first * second, self.sizes.heads))

    def attend(self, block, x):
        heads, width = self.sizes.heads, self.sizes.width
        z = norm(self.linear(f"blocks.{block}.b.x", x), 4 * heads)
        key, query, value, gate = z.reshape(4, heads, -1)
        fixed = np.float32(32767 / math.sqrt(width))
        self.past[block].append((*quantize(key), rounded(value * fixed)))
        near = self.past[block][: -self.sizes.context - 1 : -1]  # the newest first
        keys, scales, values = (np.stack(part) for part in zip(*near))
        q, scale = quantize(query)
        products = np.einsum("dhr,hr->dh", keys, q).astype("f4") / (scale * scales)
        bias = self.bias[f"blocks.{block}.b.pe"][:, : len(near)].T
        powers = np.exp(products / self.root + bias)
        shares = rounded(powers / powers.sum(axis=0) * np.float32(32767))
        mixed = np.einsum("dh,dhr->hr", shares, values).astype("f4") / (np.float32(32767) * fixed)
        return x + self.linear(f"blocks.{block}.b.o", norm((mixed * gate).reshape(-1), heads))


def rounded(x):
    """To the nearest integer, halves away from zero."""
    return (np.sign(x) * np.floor(np.abs(x.astype(np.float64)) + 0.5)).astype(np.int64)


def quantize(x):
    """(..., n) floats to integers whose dot products stay below 2^31, and one scale for each n."""
    scale = np.float32(math.sqrt((2**31 - 1) // x.shape[-1])) / np.abs(x).max(axis=-1)
    return rounded(x * scale[..., None]), scale


def norm(x, groups):
    parts = x.reshape(groups, -1)
    size, mean = parts.shape[1], parts.mean(axis=1, keepdims=True)
    spread = np.square(parts).sum(axis=1, keepdims=True) - mean * mean * size
    return ((parts - mean) * np.sqrt(size / np.maximum(spread, 1e-18))).reshape(-1).astype("f4")


def pair_hash(a, b):
    low, secret = 2**32 - 1, 0xA0761D6478BD642F
    for _ in range(2):
        a, b = a ^ secret, b ^ secret
        high, cross, other, small = (
            (a >> 32) * (b >> 32),
            (a >> 32) * (b & low),
            (a & low) * (b >> 32),
            (a & low) * (b & low),
        )
        a = (cross >> 32 | (cross & low) << 32) ^ high
        b = (other >> 32 | (other & low) << 32) ^ small
    return a ^ b


def make_file(path, sizes, seed, scale=1):
    """Write a model of random numbers; the raw numbers of PCG64 are the same in every NumPy."""
    raw = np.random.PCG64(seed)
    tensors = {}
    for name, shape in sizes.tensors():
        words = raw.random_raw(shape[0] * shape[1])
        total = sum(
            (words >> np.uint64(16 * k) & np.uint64(0xFFFF)).astype(np.int64) for k in range(4)
        )
        nearly_normal = (total - 2 * 65535) / 37837.0
        tensors[name] = (
            (nearly_normal * (0.5 if name.endswith("pe") else scale)).astype("f4").reshape(shape)
        )
    write_wygpt(path, sizes, tensors)
    return path


def make_text(seed, count):
    return (np.random.PCG64(seed).random_raw(count) & np.uint64(255)).astype(np.uint8).tobytes()


def ours(path, data, tmp_path):
    """(N,) bytes to (N, 256) ln p in the float32 model, its ring running on beyond the context."""
    import_wygpt(path, tmp_path / "model", About("utf-8", "m", "1", "CC0-1.0"))
    model = Wygpt(Checkpoint.load(tmp_path / "model"))
    return log2_softmax(model.extend(model.new_ring(), data)) * math.log(2)


def original(path, data):
    found = read_wygpt(path, {})
    return Original(found.sizes, found.tensors).read(data)


SHAPES = [
    WygptSizes(context=16, width=32, depth=2, heads=2),
    WygptSizes(context=32, width=48, depth=3, heads=3),
    WygptSizes(context=64, width=64, depth=4, heads=1),
]


@pytest.mark.parametrize("sizes", SHAPES, ids=lambda s: f"{s.width}x{s.depth}")
def test_all_next_bytes_are_as_likely_as_in_the_original_also_beyond_the_context(sizes, tmp_path):
    path = make_file(tmp_path / "m", sizes, seed=sizes.depth)
    data = make_text(5, sizes.context + 24)

    difference = np.abs(ours(path, data, tmp_path) - original(path, data))

    assert difference.shape == (len(data), 256)
    assert difference.max() <= NATS
    assert difference.mean() <= NATS / 10


@pytest.mark.parametrize("sizes", SHAPES[:2], ids=lambda s: f"{s.width}x{s.depth}")
def test_weights_as_large_as_trained_ones_make_more_of_each_rounding(sizes, tmp_path):
    path = make_file(tmp_path / "m", sizes, seed=3, scale=3)
    data = make_text(6, sizes.context)

    difference = np.abs(ours(path, data, tmp_path) - original(path, data))

    assert difference.max() <= 0.05
    assert difference.mean() <= 0.01


def test_score_agrees_with_the_original(tmp_path):
    path = make_file(tmp_path / "m", SHAPES[1], seed=9)
    data = make_text(7, SHAPES[1].context)
    import_wygpt(path, tmp_path / "model", About("utf-8", "m", "1", "CC0-1.0"))

    with Engine.open(tmp_path / "model", EngineConfig(backend="reference")) as engine:
        found = engine.score(data) * math.log(2)

    following = np.frombuffer(data, np.uint8)[1:]
    expected = original(path, data)[np.arange(len(following)), following]
    assert np.abs(found[1:] - expected).max() <= NATS


def test_parts_in_another_order_would_be_noticed(tmp_path):
    path = make_file(tmp_path / "m", SHAPES[0], seed=2)
    found = read_wygpt(path, {})
    swapped = {**found.tensors}
    swapped["blocks.0.a.u"], swapped["blocks.0.c.u"] = (
        swapped["blocks.0.c.u"],
        swapped["blocks.0.a.u"],
    )
    data = make_text(5, 16)

    difference = np.abs(ours(path, data, tmp_path) - Original(found.sizes, swapped).read(data))

    assert difference.max() > 10 * NATS


@pytest.fixture
def figures():
    """Figures of the original program for a model that is made anew here."""
    return json.loads(FIGURES.read_text())


@pytest.fixture
def figures_file(figures, tmp_path):
    path = make_file(tmp_path / "m", WygptSizes(**figures["sizes"]), figures["seed"])
    assert hashlib.sha256(path.read_bytes()).hexdigest() == figures["sha256"]
    return path


def deviations(figures, found):
    """Absolute differences of (N, 256) ln p from all the figures."""
    data = bytes.fromhex(figures["text"])
    following = np.frombuffer(data, np.uint8)[1:]
    chosen = found[np.arange(len(following)), following] - figures["chosen"]
    rows = [found[int(at)] - row for at, row in figures["rows"].items()]
    return np.abs(np.concatenate([chosen, *rows]))


def test_import_gives_the_original_programs_figures(figures, figures_file, tmp_path):
    found = ours(figures_file, bytes.fromhex(figures["text"]), tmp_path)

    assert deviations(figures, found).max() <= NATS


def test_the_rendering_here_gives_the_original_programs_figures(figures, figures_file):
    found = original(figures_file, bytes.fromhex(figures["text"]))

    # Not exactly: where a sum lies on the edge of a rounding, the compiler decides.
    assert deviations(figures, found).max() <= NATS / 4
    assert deviations(figures, found).mean() <= NATS / 40
