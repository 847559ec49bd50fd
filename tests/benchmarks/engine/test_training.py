"""Counts and the table of the training benchmark."""

from benchmarks.engine.training import SHAPE, multiply_adds, table, text_batch
from training.shape import PairShape


def test_products_of_a_small_model_are_counted():
    shape = PairShape(2, 1, 1, 8, (), ())
    matrices = (11 + 3) * 2 * 2
    heads = 2 * 256 * 2

    found = multiply_adds(shape, steps=1, length=3)

    newton = sum(0.5 * rows * 4 + 0.5 * 8 + rows * 4 for rows in (4, 2, 8, 2, 4, 2, 4, 2))
    assert found == 3 * (matrices + heads) + 6 * (2 * 2) + 5 * newton


def test_batch_is_made_of_whole_pairs():
    batch = text_batch(1, 3, 16)

    assert batch.data.shape == (3, 34)
    assert batch.weights.shape == (3, 32)
    assert (batch.data[:, ::2] >= 0x4E).all()


def test_table_compares_with_pytorch_and_with_the_peak():
    names = ("PyTorch, float32", "PyTorch, bfloat16 autocast", "avx2")
    times = {name: {"processor_s": s} for name, s in zip(names, (2.0, 1.0, 0.5), strict=True)}

    rows = table(times, {"avx2": 100.0}, batch=1000, work=30.0).splitlines()

    assert rows[-1] == "| avx2 | 2,000 | 4.00 | 2.00 | 60% |"
    assert SHAPE.mixing
