"""The logistic model of few numbers."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge.learn.fit import auc, logistic


def test_weights_that_made_the_labels_are_found_again() -> None:
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((20_000, 2))
    chance = 1 / (1 + np.exp(-(rows @ [2.0, -1.0] + 0.5)))

    weights, bias = logistic(rows, rng.random(20_000) < chance)

    assert weights == pytest.approx([2.0, -1.0], abs=0.1)
    assert bias == pytest.approx(0.5, abs=0.1)


def test_auc_counts_pairs_in_order() -> None:
    assert auc(np.array([3.0, 2.0]), np.array([1.0, 2.5])) == 0.75
