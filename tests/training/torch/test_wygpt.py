"""The PyTorch model against the published formulas, written as loops in float64."""

import numpy as np
import pytest
import torch

from inference.model.hashing import byte_embedding
from inference.model.ngram import pick_rows as numpy_rows
from training.shape import WygptShape
from training.torch.wygpt import Wygpt, distance_bias

SHAPE = WygptShape(width=8, layers=2, heads=2, context=12)


def make_model():
    torch.manual_seed(5)
    model = Wygpt(SHAPE)
    with torch.no_grad():
        for name, param in model.named_parameters():
            param.copy_(torch.randn_like(param) * (1.0 if name.endswith("pe") else 0.4))
    return model


def norm(x, groups):
    parts = x.reshape(groups, -1)
    centred = parts - parts.mean(axis=1, keepdims=True)
    return (centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-12)).ravel()


def gate(x, u, o, heads):
    z = norm(u @ x, 2 * heads)
    half = len(z) // 2
    return x + o @ norm(z[:half] * z[half:], heads)


def attend(xs, w, o, pe, heads, reach):
    width = len(xs[0])
    r = width // heads
    parts = [norm(w @ x, 4 * heads).reshape(4, heads, r) for x in xs]
    out = []
    for t, x in enumerate(xs):
        mixed = np.zeros((heads, r))
        for h in range(heads):
            near = range(min(t + 1, reach))
            scores = np.array(
                [parts[t][1, h] @ parts[t - d][0, h] / np.sqrt(r) + pe[h, d] for d in near]
            )
            weights = np.exp(scores) / np.exp(scores).sum()
            mixed[h] = sum(weights[d] * parts[t - d][2, h] for d in near)
        out.append(x + o @ norm(mixed.ravel() * parts[t][3].ravel(), heads))
    return out


def loop_logits(model, data, reach=SHAPE.context):
    p = {name: t.detach().numpy().astype(np.float64) for name, t in model.named_parameters()}
    embedding = byte_embedding(SHAPE.width).astype(np.float64)
    xs = [embedding[b] for b in data]
    for i in range(SHAPE.layers):
        at = f"blocks.{i}."
        xs = [gate(x, p[at + "a.u"], p[at + "a.o"], SHAPE.heads) for x in xs]
        xs = attend(xs, p[at + "b.x"], p[at + "b.o"], p[at + "b.pe"], SHAPE.heads, reach)
        xs = [gate(x, p[at + "c.u"], p[at + "c.o"], SHAPE.heads) for x in xs]
    return np.stack([p["head"] @ norm(x, 1) for x in xs])


def test_model_equals_a_loop_of_the_formulas():
    model = make_model()
    data = np.random.default_rng(1).integers(0, 256, 12)

    found = model(torch.from_numpy(data)[None])[0].detach().numpy()

    np.testing.assert_allclose(found, loop_logits(model, data), atol=2e-4)


def test_model_does_not_see_the_future():
    model = make_model()
    data = torch.randint(0, 256, (1, 12))
    other = data.clone()
    other[0, 7:] = torch.randint(0, 256, (5,))

    first, second = model(data), model(other)

    assert torch.equal(first[:, :7], second[:, :7])
    assert not torch.equal(first[:, 7:], second[:, 7:])


def test_distance_bias_is_looked_up_by_distance_and_hides_the_future():
    bias = torch.arange(6.0).reshape(1, 6)

    found = distance_bias(bias, 4)

    for query in range(4):
        for key in range(4):
            expected = float(query - key) if key <= query else -torch.inf
            assert float(found[0, query, key]) == expected


@pytest.mark.parametrize(("length", "reach"), [(30, None), (12, 5), (30, 7), (30, 1)])
def test_attention_forgets_what_is_out_of_reach(length, reach):
    model = make_model()
    data = np.random.default_rng(2).integers(0, 256, length)

    limit = None if reach is None else torch.tensor(reach)
    found = model(torch.from_numpy(data)[None], limit)[0].detach().numpy()

    np.testing.assert_allclose(found, loop_logits(model, data, reach or SHAPE.context), atol=5e-4)


def test_ngram_tables_are_added_to_the_embedding():
    torch.manual_seed(6)
    model = Wygpt(
        WygptShape(width=8, layers=1, heads=2, context=12, ngram_orders=(1, 3), ngram_rows=11)
    )
    with torch.no_grad():
        for table in model.ngram.values():
            table.normal_()
    data = torch.randint(0, 256, (2, 9))

    found = model.embed(data).detach().numpy()

    tables = {order: model.ngram[str(order)].detach().numpy() for order in (1, 3)}
    for row, text in zip(found, data.numpy().astype(np.uint8)):
        picked = numpy_rows(b"", text.tobytes(), (1, 3), 11)
        expected = byte_embedding(8)[text]
        expected += np.concatenate([tables[1][picked[0]], tables[3][picked[1]]], axis=1)
        np.testing.assert_array_equal(row, expected)


@pytest.mark.parametrize(
    "sizes",
    [
        {"width": 0},
        {"layers": -1},
        {"width": 9, "heads": 2},
        {"ngram_orders": (2, 3)},
        {"ngram_rows": 7},
        {"width": 8, "heads": 2, "ngram_orders": (2, 3, 4), "ngram_rows": 7},
    ],
)
def test_impossible_sizes_are_refused(sizes):
    with pytest.raises(ValueError, match=r"width|layers|n-gram"):
        WygptShape(**sizes)


def test_count_of_parameters_is_the_models():
    model = make_model()

    assert SHAPE.parameters == sum(p.numel() for p in model.parameters())
