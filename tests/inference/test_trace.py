"""The story of a reply agrees with how it was drawn."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from inference.engine import Engine, EngineConfig, SamplingConfig
from inference.errors import BackendError
from inference.trace import characters, trace

MakeModel = Callable[..., Path]


@pytest.mark.parametrize("codec", ["gb18030", "utf-8", "utf-16-le"])
@pytest.mark.parametrize("backend", ["cpu", "reference"])
def test_every_drawn_byte_was_among_those_kept(
    make_model: MakeModel, codec: str, backend: str
) -> None:
    prompt = "\x02黄芪\x03".encode(codec)
    sampling = SamplingConfig(top_e=1.0, temperature=0.8, seed=5, max_bytes=30)
    with Engine.open(make_model(codec=codec), EngineConfig(backend=backend)) as engine:
        reply = engine.submit(prompt, sampling).result(60)
        ended = reply.finish == "end"
        found = trace(engine, prompt, reply.data, sampling, ended=ended)

    assert "".join(one.text for one in found) == reply.text + ("■" if ended else "")
    assert sum(len(one.steps) for one in found) >= len(reply.data)
    for one in found:
        assert one.entropy == pytest.approx(sum(step.entropy for step in one.steps))
        for step in one.steps:
            assert 0 < step.probability <= 1
            assert 1 <= step.kept <= 256
            assert 0 <= step.entropy <= 8
            shares = [share for _, share in step.likeliest]
            assert shares == sorted(shares, reverse=True)
            assert 0 < sum(shares) <= 1.001
        # The last byte's candidates are shown as characters, the drawn one likely among them.
        if one.steps[-1].kept <= 8:
            assert one.text in [shown for shown, _ in one.steps[-1].likeliest]
    assert len(list(characters(found))) == len(found)


def test_top_e_keeps_as_many_as_the_entropy_says(tiny_model: Path) -> None:
    prompt = "\x02麻黄\x03".encode("gb18030")
    sampling = SamplingConfig(top_e=1.0, seed=1, max_bytes=20)
    with Engine.open(tiny_model, EngineConfig(backend="cpu")) as engine:
        reply = engine.submit(prompt, sampling).result(60)
        found = trace(engine, prompt, reply.data, sampling, ended=reply.finish == "end")

    for step in (step for one in found for step in one.steps):
        assert step.kept == max(1, math.floor(2**step.entropy + 0.5)) or np.isclose(
            2**step.entropy % 1, 0.5, atol=0.01
        )


def test_nothing_drawn_has_no_story(tiny_model: Path) -> None:
    with Engine.open(tiny_model, EngineConfig(backend="cpu")) as engine:
        assert trace(engine, b"\x02a\x03", b"", SamplingConfig(), ended=False) == []


def test_the_echo_has_no_story(tiny_model: Path) -> None:
    echo = EngineConfig(backend="echo")
    with Engine.open(tiny_model, echo) as engine, pytest.raises(BackendError, match="no model"):
        trace(engine, b"\x02a\x03", b"a", SamplingConfig(), ended=False)
