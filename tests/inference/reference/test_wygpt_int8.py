from pathlib import Path

import numpy as np
import pytest

from inference.model.checkpoint import Checkpoint
from inference.reference.wygpt import Wygpt, log2_softmax
from inference.reference.wygpt_int8 import WygptInt8

TEXT = "凡用药，先辨寒热虚实。寒者热之，热者寒之，虚者补之，实者泻之。\n".encode("gb18030")


def test_ring_keeps_integers_and_their_scales(tiny: Checkpoint) -> None:
    model = WygptInt8(tiny)
    ring = model.new_ring()
    model.extend(ring, TEXT)

    for integers, scale in (ring.arrays[0::2], ring.arrays[1::2]):
        stored = integers[:, :, : ring.end]
        assert (stored == np.rint(stored)).all()
        assert np.abs(stored).max(axis=-1).min() == 127
        assert np.abs(stored).max() == 127
        assert (scale[:, :, : ring.end] > 0).all()


def test_logits_are_float32_and_near_the_float_model(tiny: Checkpoint) -> None:
    exact, rough = Wygpt(tiny), WygptInt8(tiny)
    right = log2_softmax(exact.extend(exact.new_ring(), TEXT))
    logits = rough.extend(rough.new_ring(), TEXT)

    assert logits.dtype == np.float32
    assert np.abs(log2_softmax(logits) - right).mean() < 0.15


def test_same_text_gives_the_same_integers_again(tiny: Checkpoint) -> None:
    model = WygptInt8(tiny)
    first = model.extend(model.new_ring(), TEXT)
    assert (model.extend(model.new_ring(), TEXT) == first).all()


@pytest.mark.slow
def test_int8_costs_the_shipped_model_at_most_half_a_percent() -> None:
    folder = Path(__file__).parents[3] / "models" / "tcm"
    checkpoint = Checkpoint.load(folder)
    text = TEXT.decode("gb18030").encode(checkpoint.codec) * 3
    exact, rough = Wygpt(checkpoint), WygptInt8(checkpoint)

    right = log2_softmax(exact.extend(exact.new_ring(), text))
    found = log2_softmax(rough.extend(rough.new_ring(), text))

    # Over all bytes that might have come, not only the one that did: few steps tell enough.
    shares = np.exp2(right)
    entropy = -(shares * right).sum(axis=-1).mean()
    lost = (shares * (right - found)).sum(axis=-1).mean()
    assert 0 <= lost <= 0.005 * entropy
