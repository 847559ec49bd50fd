"""Prompts that begin alike are read once, and nobody can tell from the replies."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.engine import Completion, Engine, EngineConfig, SamplingConfig
from tests.inference.conftest import MIXING, PAIRS
from tests.waiting import until

MakeModel = Callable[..., Path]
LONG = ("\x02" + "古人论脾胃虚弱，饮食不下，" * 2 + "\x03").encode("gb18030")


@pytest.fixture(scope="module")
def roomy_model(make_model: MakeModel) -> Path:
    """A model with n-gram tables whose ring has room for every text here."""
    return make_model(context=512, ngram_orders=(2, 4), ngram_rows=61)


@pytest.fixture(scope="module")
def roomy_pairs(make_model: MakeModel) -> Path:
    """The same for a model that reads pairs."""
    return make_model(context=256, **PAIRS)


@pytest.fixture(scope="module")
def roomy_mixing(make_model: MakeModel) -> Path:
    """And for one that mixes keys and values with those of the step before."""
    return make_model(context=256, **MIXING)


@pytest.fixture(scope="module")
def narrow_pairs(make_model: MakeModel) -> Path:
    return make_model(**PAIRS)


@pytest.fixture(scope="module")
def narrow_mixing(make_model: MakeModel) -> Path:
    return make_model(**MIXING)


@pytest.fixture(
    scope="module",
    params=[
        *("roomy_model", "tiny_model"),
        *("roomy_pairs", "narrow_pairs", "roomy_mixing", "narrow_mixing"),
    ],
)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """In the narrow ones most texts outgrow the ring, and nothing of them can be shared."""
    model = request.getfixturevalue(request.param)
    with Engine.open(model, EngineConfig(backend="cpu", max_batch=8)) as engine:
        yield engine


def ask(engine: Engine, prompts: list[bytes]) -> list[Completion]:
    choices = [SamplingConfig(top_e=1.0, seed=seed, max_bytes=24) for seed in range(len(prompts))]
    sequences = [
        engine.submit(prompt, choice) for prompt, choice in zip(prompts, choices, strict=True)
    ]
    return [sequence.result(60) for sequence in sequences]


def alone(engine: Engine, prompts: list[bytes]) -> list[bytes]:
    replies = []
    for seed, prompt in enumerate(prompts):
        engine.clear_prefix_cache()
        choice = SamplingConfig(top_e=1.0, seed=seed, max_bytes=24)
        replies.append(engine.submit(prompt, choice).result(60).data)
    return replies


def test_drafts_of_one_reply_read_their_prompt_once(roomy_model: Path) -> None:
    with Engine.open(roomy_model, EngineConfig(backend="cpu")) as engine:
        together = [reply.data for reply in ask(engine, [LONG] * 4)]
        stats = engine.stats()

        assert stats.shared_bytes == 3 * (len(LONG) - 1)
        assert stats.prompt_bytes == len(LONG) + 3
        assert together == alone(engine, [LONG] * 4)


@pytest.mark.parametrize("name", ["roomy_pairs", "roomy_mixing"])
@pytest.mark.parametrize("more", ["", "a"], ids=["even", "odd"])
def test_drafts_of_pairs_share_all_but_the_last_pair(
    request: pytest.FixtureRequest, name: str, more: str
) -> None:
    prompt = LONG + more.encode()
    with Engine.open(request.getfixturevalue(name), EngineConfig(backend="cpu")) as engine:
        together = [reply.data for reply in ask(engine, [prompt] * 4)]
        stats = engine.stats()

        shared = len(prompt) // 2 * 2 - 2
        assert stats.shared_bytes == 3 * shared
        assert stats.prompt_bytes == 4 * len(prompt) - 3 * shared
        assert together == alone(engine, [prompt] * 4)


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
        ("\x02" + text[: size // 2] + "a" * (size % 2) + tail).encode("gb18030")
        for size, tail in zip(beginnings, ending, strict=False)
    ]

    assert [reply.data for reply in ask(engine, prompts)] == alone(engine, prompts)


def turns(engine: Engine, count: int) -> tuple[list[bytes], list[int]]:
    """A conversation whose prompts are too short to leave the ring; what each turn computed."""
    text, replies, computed = b"", [], []
    for number in range(count):
        text += f"\x02问{number}\x03".encode("gb18030")
        before = engine.stats().prompt_bytes
        reply = engine.submit(text, SamplingConfig(top_e=1.0, seed=number, max_bytes=6)).result(60)
        computed.append(engine.stats().prompt_bytes - before)
        replies.append(reply.data)
        text += reply.data + b"\x04"
    return replies, computed


@pytest.mark.parametrize("name", ["roomy_model", "roomy_pairs", "roomy_mixing"])
def test_the_next_turn_goes_on_where_the_last_one_ended(
    request: pytest.FixtureRequest, name: str
) -> None:
    model = request.getfixturevalue(name)
    with Engine.open(model, EngineConfig(backend="cpu")) as keeping:
        replies, computed = turns(keeping, 5)
        assert 1 <= keeping.stats().kept <= 5
    with Engine.open(model, EngineConfig(backend="cpu", cache_bytes=0)) as plain:
        assert turns(plain, 5)[0] == replies
        assert plain.stats().kept == 0
        assert plain.stats().shared_bytes == 0

    # END, the new question, at most the last bytes drawn, which no step has read, and of a model
    # that mixes the step before.
    assert all(part <= len("\x04\x02问0\x03".encode("gb18030")) + 6 for part in computed[2:])


def test_kept_turns_are_forgotten_at_once_when_nothing_runs(roomy_model: Path) -> None:
    with Engine.open(roomy_model, EngineConfig(backend="cpu")) as engine:
        before, computed = turns(engine, 3)
        engine.clear_prefix_cache()
        until(lambda: engine.stats().kept == 0)
        again, recomputed = turns(engine, 3)

    assert again == before
    assert recomputed == computed


def test_what_ran_while_all_was_forgotten_is_not_kept_either(endless_model: Path) -> None:
    with Engine.open(endless_model, EngineConfig(backend="cpu")) as engine:
        running = engine.submit(LONG, SamplingConfig(top_e=0, max_bytes=1_000_000))
        next(running.stream())
        engine.clear_prefix_cache()
        running.cancel()
        running.result(60)
        until(lambda: engine.stats().running == 0)

        assert engine.stats().kept == 0


def test_no_more_is_kept_than_there_is_memory_for(roomy_model: Path) -> None:
    with Engine.open(roomy_model, EngineConfig(backend="cpu", cache_bytes=900_000)) as engine:
        for number in range(60):
            question = f"\x02第{number}个人问脾胃\x03".encode("gb18030")
            engine.submit(question, SamplingConfig(seed=number, max_bytes=4)).result(60)
        kept = engine.stats().kept

    assert 1 <= kept < 20


def test_drafts_that_nobody_chose_go_first(roomy_model: Path) -> None:
    with Engine.open(roomy_model, EngineConfig(backend="cpu")) as engine:
        drafts = [engine.submit(LONG, SamplingConfig(seed=i, max_bytes=9)) for i in range(3)]
        for draft in drafts:
            draft.result(60)
        for draft in drafts[1:]:
            draft.discard()
        engine.submit("\x02别的问题\x03".encode("gb18030"), SamplingConfig(max_bytes=1)).result(60)
        until(lambda: engine.stats().running == 0)

        assert engine.stats().kept == 2


def test_sharing_changes_no_score(engine: Engine) -> None:
    before = engine.score(LONG)
    ask(engine, [LONG] * 3)
    assert (engine.score(LONG) == before).all()
    assert math.isfinite(float(before.sum()))
