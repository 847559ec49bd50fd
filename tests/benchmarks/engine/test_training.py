"""Counts of the training benchmark."""

from benchmarks.engine.training import multiply_adds, text_batch
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
