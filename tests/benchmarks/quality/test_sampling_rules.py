import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.quality.sampling_rules import (
    entropy,
    grid,
    keep_above,
    keep_cut,
    keep_eta,
    keep_typical,
    probabilities,
)


def spread(*values):
    p = np.zeros(256)
    p[: len(values)] = values
    return p


def kept(weights):
    return set(np.flatnonzero(weights))


def test_probabilities_leave_out_what_is_not_allowed():
    allowed = np.zeros(256, bool)
    allowed[:2] = True

    p = probabilities(np.log(np.full(256, 2.0, np.float32)), allowed, 0.5)

    assert p[:2] == pytest.approx([0.5, 0.5])
    assert kept(p) == {0, 1}


def test_entropy_is_in_nats():
    assert entropy(spread(0.5, 0.5)) == pytest.approx(math.log(2))
    assert entropy(spread(1.0)) == 0.0


def test_typical_takes_the_bytes_nearest_to_the_entropy_first():
    # E = 0.886 nats; surprises 0.511, 1.204, 2.303: the second is nearest, though not likeliest.
    p = spread(0.6, 0.3, 0.1)

    assert kept(keep_typical(p, 0.2)) == {1}
    assert kept(keep_typical(p, 0.5)) == {0, 1}
    assert kept(keep_typical(p, 1.0)) == {0, 1, 2}


def test_eta_is_the_smaller_of_two_floors():
    p = spread(0.5, 0.4, 0.06, 0.04)

    # E = 0.993 nats: sqrt(0.05) e^-E = 0.083 is above 0.05, which therefore counts.
    assert kept(keep_eta(p, 0.05)) == {0, 1, 2}
    assert kept(keep_eta(spread(*[1 / 256] * 256), 0.05)) == set(range(256))


def test_cut_is_greedy_at_nothing_and_plain_at_infinity():
    p = spread(0.5, 0.3, 0.2)

    assert kept(keep_cut(p, 1e-9)) == {0}
    assert kept(keep_cut(p, math.inf)) >= {0, 1, 2}
    assert kept(keep_above(p, 0.25)) == {0, 1}


_P = st.lists(st.floats(0.01, 1.0), min_size=1, max_size=20).map(
    lambda parts: spread(*(part / sum(parts) for part in parts))
)


@given(_P, st.floats(0.01, 1.0))
def test_every_rule_keeps_something_and_only_of_what_there_was(p, dial):
    for weights in (keep_typical(p, dial), keep_eta(p, dial), keep_cut(p, dial)):
        assert weights.any()
        assert set(np.flatnonzero(weights)) <= set(np.flatnonzero(p))
        assert (weights[weights > 0] == p[weights > 0]).all()


def test_every_setting_draws_a_byte_that_is_allowed():
    logits = np.random.default_rng(1).standard_normal(256).astype(np.float32)
    allowed = np.zeros(256, bool)
    allowed[3:90:7] = True

    for settings in grid().values():
        for rule in settings.values():
            weights = rule(logits, allowed, b"abcabc")
            assert weights.sum() > 0
            assert not weights[~allowed].any()


def test_the_quick_grid_has_each_method_once():
    assert list(grid(quick=True)) == list(grid())
    assert all(len(settings) == 1 for settings in grid(quick=True).values())


def test_the_originals_penalty_grows_with_the_text_byte_by_byte():
    logits = np.zeros(256, np.float32)
    allowed = np.ones(256, bool)
    stepwise, anew = grid()["wygpt"][""], grid()["wygpt"][""]

    for end in (4, 5, 6, 7):
        weights = stepwise(logits, allowed, b"abababa"[:end])

    assert (weights == anew(logits, allowed, b"abababa")).all()
