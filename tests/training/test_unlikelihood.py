"""The weights of bytes that are to be unlearnt, and a model that unlearns one."""

from __future__ import annotations

import numpy as np

from training.batches import plain_batch
from training.core import Rates
from training.native import NativeCore
from training.shape import WygptShape, initial_tensors
from training.unlikelihood import unlikely

SHAPE = WygptShape(48, 1, 2, 20)
RATES = Rates(muon_lr=0.01, adam_lr=0.02)


def learnt(data, weights, steps):
    core = NativeCore(SHAPE, initial_tensors(SHAPE, 1), threads=1)
    batch = plain_batch(data, weights)
    for _ in range(steps):
        core.step(unlikely(core, batch), RATES)
    return core


def rows(*texts):
    return np.stack([np.frombuffer(text, np.uint8) for text in texts])


def test_a_batch_in_which_everything_is_learnt_stays():
    core = NativeCore(SHAPE, initial_tensors(SHAPE, 1), threads=1)
    batch = plain_batch(rows(b"abcd"), np.ones((1, 3), np.float32))

    assert unlikely(core, batch) is batch


def test_a_byte_is_unlearnt_the_less_the_rarer_it_is():
    core = NativeCore(SHAPE, initial_tensors(SHAPE, 1), threads=1)
    data = rows(b"abcd", b"wxyz")
    weights = np.array([[1, -2, 0], [1, 1, 1]], np.float32)

    found = unlikely(core, plain_batch(data, weights)).weights

    chance = np.exp(-core.losses(plain_batch(data, weights)))[0, 1]
    np.testing.assert_allclose(found[0], [1, -2 * chance / (1 - chance), 0], rtol=1e-5)
    np.testing.assert_array_equal(found[1], weights[1])


def test_a_byte_that_is_sure_counts_as_it_was_asked():
    data, ones = rows(b"abababab"), np.ones((1, 7), np.float32)
    core = learnt(data, ones, 60)

    found = unlikely(core, plain_batch(data, -ones)).weights

    np.testing.assert_allclose(found[0, 2:], -1.0)


def test_of_two_ways_the_wrong_one_is_said_no_more_and_nothing_else_is_lost():
    data = rows(b"say: xyz", b"say: qrs")
    both = np.ones((2, 7), np.float32)
    core = learnt(data, both, 120)
    before = np.exp(-core.losses(plain_batch(data, both)))[:, 4]
    assert (before > 0.3).all()
    wrong = both.copy()
    wrong[1] = 0.0
    wrong[1, 4] = -1.0

    for _ in range(200):
        core.step(unlikely(core, plain_batch(data, wrong)), RATES)

    after = np.exp(-core.losses(plain_batch(data, both)))[:, 4]
    assert after[0] > 0.9
    assert after[1] < 0.02
