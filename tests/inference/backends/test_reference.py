"""The NumPy backend: it follows the model, and one broken sequence breaks no other."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from inference.automaton import Automaton
from inference.engine import Engine, EngineConfig, SamplingConfig
from inference.reference.wygpt_pair import float_model
from tests.inference.conftest import MIXING

REFERENCE = EngineConfig(backend="reference", max_batch=4)
PROMPT = "\x02感冒了\x03".encode("gb18030")


@pytest.fixture(scope="module", params=[{}, MIXING], ids=["bytes", "pairs"])
def model(request: pytest.FixtureRequest, make_model: Callable[..., Path]) -> Path:
    return make_model(**request.param)


def test_greedy_reply_follows_the_model(model: Path) -> None:
    with Engine.open(model, REFERENCE) as engine:
        reply = engine.submit(PROMPT, SamplingConfig(top_e=0, max_bytes=12)).result()
        checkpoint = engine.checkpoint
    plain = float_model(checkpoint)
    ring, automaton = plain.new_ring(), Automaton.for_codec("gb18030")
    logits, state, made = plain.prefill(ring, PROMPT), 0, bytearray()
    while len(made) < len(reply.data):
        byte = int(np.argmax(np.where(automaton.next[state] != 255, logits, -np.inf)))
        state = int(automaton.next[state, byte])
        made.append(byte)
        logits = plain.prefill(ring, bytes((byte,)))
    assert made == reply.data


def test_broken_model_fails_its_sequence_and_the_engine_goes_on(
    model: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Engine.open(model, REFERENCE) as engine:
        weights = engine._backend._model._weights
        good = weights["head"]
        weights["head"] = good * np.nan
        sequence = engine.submit(PROMPT)
        with pytest.raises(Exception, match="not finite"):
            sequence.result(10)
        weights["head"] = good
        assert engine.submit(PROMPT, SamplingConfig(max_bytes=4)).result(10).data
        until = time.monotonic() + 5
        while engine.stats().finished < 2 and time.monotonic() < until:
            time.sleep(0.001)
        assert engine.stats().finished == 2
    assert "sequence_failed" in caplog.messages
