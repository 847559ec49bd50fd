"""Prompts that begin alike are read once, and nobody can tell from the replies."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.engine import Completion, Engine, EngineConfig, SamplingConfig

LONG = ("\x02" + "古人论脾胃虚弱，饮食不下，" * 2 + "\x03").encode("gb18030")


@pytest.fixture(scope="module")
def engine(tiny_model: Path) -> Iterator[Engine]:
    with Engine.open(tiny_model, EngineConfig(backend="cpu", max_batch=8)) as engine:
        yield engine


def ask(engine: Engine, prompts: list[bytes]) -> list[Completion]:
    choices = [SamplingConfig(top_e=1.0, seed=seed, max_bytes=24) for seed in range(len(prompts))]
    sequences = [
        engine.submit(prompt, choice) for prompt, choice in zip(prompts, choices, strict=True)
    ]
    return [sequence.result(60) for sequence in sequences]


def alone(engine: Engine, prompts: list[bytes]) -> list[bytes]:
    return [
        engine.submit(prompt, SamplingConfig(top_e=1.0, seed=seed, max_bytes=24)).result(60).data
        for seed, prompt in enumerate(prompts)
    ]


def test_drafts_of_one_reply_read_their_prompt_once(engine: Engine) -> None:
    before = engine.stats()
    together = [reply.data for reply in ask(engine, [LONG] * 4)]
    after = engine.stats()

    assert after.shared_bytes - before.shared_bytes >= 2 * (len(LONG) - 1)
    computed = after.prompt_bytes - before.prompt_bytes
    assert computed + after.shared_bytes - before.shared_bytes == 4 * len(LONG)
    assert together == alone(engine, [LONG] * 4)


def test_a_cancelled_neighbour_leaves_nobody_waiting(engine: Engine) -> None:
    for _ in range(20):
        first, second = engine.submit(LONG * 4), engine.submit(LONG * 4)
        first.cancel()
        assert second.result(60).finish in {"end", "length"}


@settings(max_examples=40, deadline=None)
@given(
    beginnings=st.lists(st.integers(0, 3 * len(LONG)), min_size=2, max_size=6),
    ending=st.lists(st.sampled_from(["", "一", "二三", "\x04\x02四\x03"]), min_size=6, max_size=6),
)
def test_any_common_beginning_gives_the_reply_that_the_prompt_alone_gives(
    engine: Engine, beginnings: list[int], ending: list[str]
) -> None:
    text = (LONG * 3).decode("gb18030")
    prompts = [
        ("\x02" + text[: size // 2] + tail).encode("gb18030")
        for size, tail in zip(beginnings, ending, strict=False)
    ]

    assert [reply.data for reply in ask(engine, prompts)] == alone(engine, prompts)


def test_sharing_changes_no_score(engine: Engine) -> None:
    before = engine.score(LONG)
    ask(engine, [LONG] * 3)
    assert (engine.score(LONG) == before).all()
    assert math.isfinite(float(before.sum()))
