"""The native decode loop: joining, leaving, waiting, ending. What all backends share is tested in
test_engine.py."""

import gc
import math
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from inference.automaton import Automaton
from inference.backends.native import NativeBackend, NativeHandle, NativeModel
from inference.config import EngineConfig
from inference.errors import ConfigError, EngineClosed, KernelError
from inference.model.checkpoint import Checkpoint
from inference.sampling import METHODS, SamplingConfig
from tests.inference.conftest import MIXING, PAIRS

FREE = Automaton("any", np.zeros((2, 256), np.uint8))
"""Allows every byte and never ends."""

MODELS = Path(__file__).parents[3] / "models"
ENDLESS = SamplingConfig(top_e=0, max_bytes=1 << 20)


@pytest.fixture(scope="module", params=[{}, PAIRS, MIXING], ids=["bytes", "pairs", "mixing"])
def model(request: pytest.FixtureRequest, make_model: Callable[..., Path]) -> NativeModel:
    return NativeModel(Checkpoint.load(make_model(context=24, **request.param)))


@pytest.fixture
def backend(model: NativeModel) -> Iterator[NativeBackend]:
    backend = NativeBackend(model, EngineConfig(threads=2, max_batch=3), chunk=8)
    yield backend
    backend.close()


def text(count: int, seed: int = 0) -> bytes:
    return np.random.default_rng(seed).integers(0, 256, count, dtype=np.uint8).tobytes()


def submit(
    backend: NativeBackend, prompt: bytes, sampling: SamplingConfig, deadline_s: float | None = None
) -> NativeHandle:
    return backend.submit(prompt, sampling, FREE, deadline_s)


def result(handle: NativeHandle) -> bytes:
    progress = handle.wait(1 << 30, 60)
    assert progress.finish == "length"
    return handle.wait(0, 0).data


def test_bytes_depend_on_nobody_else(model: NativeModel) -> None:
    prompts = [text(1 + 13 * i % 150, i) for i in range(40)]
    options = [
        SamplingConfig(method=METHODS[i % 5], seed=i, max_bytes=1 + 7 * i % 90) for i in range(40)
    ]
    found = set()
    for threads, max_batch, chunk in ((1, 1, 1), (1, 1, 64), (1, 40, 32), (3, 5, 7)):
        config = EngineConfig(threads=threads, max_batch=max_batch)
        backend = NativeBackend(model, config, chunk)
        handles = [submit(backend, *pair) for pair in zip(prompts, options, strict=True)]
        found.add(tuple(map(result, handles)))
        backend.close()
    assert len(found) == 1


def test_many_take_turns_and_all_come_on_alike() -> None:
    backend = NativeBackend(
        NativeModel(Checkpoint.load(MODELS / "tcm")), EngineConfig(max_batch=30, cache_bytes=0)
    )
    option = SamplingConfig(top_e=0, max_bytes=500)
    handles = [submit(backend, text(4, i), option) for i in range(30)]

    behind = []
    for count in (100, 400):
        handles[0].wait(count, 60)
        behind.append(count - min(len(handle.wait(0, 0).data) for handle in handles))
    # The first began sooner than the last. After that all come on alike, a turn of 8 bytes aside.
    assert behind[1] <= behind[0] + 16
    backend.close()


def test_greedy_bytes_are_the_largest_logits(model: NativeModel, backend: NativeBackend) -> None:
    prompt = text(70)
    reply = result(submit(backend, prompt, SamplingConfig(top_e=0, max_bytes=60)))
    logits = model.logits(prompt + reply)
    assert reply == bytes(logits[len(prompt) - 1 : -1].argmax(axis=-1).astype(np.uint8))


def test_long_prompt_does_not_hold_up_the_others(model: NativeModel) -> None:
    backend = NativeBackend(model, EngineConfig(max_batch=2), chunk=4)
    running = submit(backend, b"a", ENDLESS)
    running.wait(0, 10)
    slow = submit(backend, text(40_000), SamplingConfig(max_bytes=1))
    before = len(running.wait(0, 0).data)
    running.wait(before + 200, 10)
    assert len(running.wait(0, 0).data) >= before + 200
    assert slow.wait(0, 0).finish is None
    backend.close()


def test_deadline_is_kept_inside_a_long_prompt(backend: NativeBackend) -> None:
    handle = submit(backend, text(1 << 22), SamplingConfig(), deadline_s=0.1)
    began = time.monotonic()
    progress = handle.wait(0, 10)
    assert (progress.finish, progress.data) == ("deadline", b"")
    assert time.monotonic() - began < 2


def test_deadline_that_is_over_at_once_gives_nothing(backend: NativeBackend) -> None:
    for deadline_s in (0.0, -5.0):
        assert submit(backend, b"a", ENDLESS, deadline_s).wait(0, 10).finish == "deadline"


def test_first_come_is_first_served(model: NativeModel) -> None:
    backend = NativeBackend(model, EngineConfig(max_batch=1))
    option = SamplingConfig(max_bytes=300)
    handles = [submit(backend, b"a", option) for _ in range(6)]
    for last in (2, 4, 5):
        result(handles[last])
        assert all(handles[i].wait(0, 0).finish is not None for i in range(last))
    backend.close()


def test_sequences_come_from_many_threads_and_leave_at_any_time(backend: NativeBackend) -> None:
    option = SamplingConfig(seed=1, max_bytes=40)
    expected = result(submit(backend, b"abc", option))

    def visit(i: int) -> bool:
        handle = submit(backend, b"abc", option if i % 4 == 0 else ENDLESS)
        if i % 4 == 0:
            return result(handle) == expected
        if i % 4 == 1:
            handle.cancel()
            return handle.wait(1 << 30, 60).finish == "cancelled"
        if i % 4 == 2:
            handle.wait(5, 60)
        return True  # forgotten while it runs or waits

    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(visit, range(400)))
    gc.collect()
    until = time.monotonic() + 10
    while backend.stats().finished < 401 and time.monotonic() < until:
        time.sleep(0.01)
    stats = backend.stats()
    assert (stats.submitted, stats.finished, stats.running, stats.waiting) == (401, 401, 0, 0)


def test_forgotten_sequence_gives_its_place_to_the_next(model: NativeModel) -> None:
    backend = NativeBackend(model, EngineConfig(max_batch=1))
    forgotten = submit(backend, b"a", ENDLESS)
    forgotten.wait(0, 10)
    del forgotten
    gc.collect()
    assert len(result(submit(backend, b"a", SamplingConfig(max_bytes=5)))) == 5
    backend.close()


def test_close_wakes_everyone_who_waits(model: NativeModel) -> None:
    backend = NativeBackend(model, EngineConfig(threads=2, max_batch=2))
    handles = [submit(backend, b"a", ENDLESS) for _ in range(12)]
    with ThreadPoolExecutor(14) as pool:
        waits = [pool.submit(handle.wait, 1 << 30, None) for handle in handles]
        time.sleep(0.1)
        closings = [pool.submit(backend.close) for _ in range(2)]
        for closing in closings:
            closing.result(10)
        for wait in waits:
            with pytest.raises(EngineClosed):
                wait.result(10)
    with pytest.raises(EngineClosed):
        submit(backend, b"a", ENDLESS)
    assert backend.stats().finished == 12


def test_handle_outlives_its_backend(model: NativeModel) -> None:
    backend = NativeBackend(model, EngineConfig())
    handle = submit(backend, b"a", SamplingConfig(max_bytes=9))
    data = result(handle)
    backend.close()
    del backend
    gc.collect()
    assert handle.wait(0, None).data == data
    handle.cancel()


def test_wait_gives_up_in_time_and_gives_only_what_is_new(backend: NativeBackend) -> None:
    handle = submit(backend, b"a", SamplingConfig(max_bytes=20))
    data = result(handle)
    assert handle.wait(15, 1).data == data[15:]
    assert handle.wait(99, 1).data == b""
    idle = submit(backend, text(1 << 22), SamplingConfig())
    began = time.monotonic()
    assert idle.wait(0, 0.3).finish is None
    assert 0.3 <= time.monotonic() - began < 2


def test_only_whole_characters_are_given_out(model: NativeModel) -> None:
    pairs = np.full((3, 256), 255, np.uint8)
    pairs[0] = 2
    pairs[2] = 0
    backend = NativeBackend(model, EngineConfig())
    handle = backend.submit(b"a", SamplingConfig(max_bytes=7), Automaton("pairs", pairs), None)
    sizes = []
    progress = handle.wait(0, 10)
    while progress.finish is None:
        sizes.append(len(handle.wait(0, 0).data))
        progress = handle.wait(sizes[-1], 10)
    backend.close()
    assert len(handle.wait(0, 0).data) == 8  # the character under way was finished
    assert all(size % 2 == 0 for size in sizes)


def test_character_without_end_is_stopped(model: NativeModel) -> None:
    trap = np.full((3, 256), 2, np.uint8)
    backend = NativeBackend(model, EngineConfig())
    handle = backend.submit(b"a", SamplingConfig(max_bytes=3), Automaton("trap", trap), None)
    progress = handle.wait(0, 10)
    backend.close()
    assert (progress.finish, progress.data) == ("length", b"")


def test_logits_that_are_no_numbers_fail_the_sequence_alone(tiny: Checkpoint) -> None:
    head = np.sign(tiny.tensors["head"]) * np.float32(3e38)
    model = NativeModel(Checkpoint(tiny.path, tiny.config, {**tiny.tensors, "head": head}))
    backend = NativeBackend(model, EngineConfig())
    for _ in range(3):
        with pytest.raises(KernelError):
            submit(backend, b"a", ENDLESS).wait(1 << 30, 10)
    assert backend.stats().finished == 3
    backend.close()


@pytest.mark.parametrize(
    ("prompt", "field", "value"),
    [
        (b"", "seed", 0),
        (b"a", "max_bytes", 0),
        (b"a", "temperature", math.nan),
        (b"a", "top_e", -1.0),
    ],
)
def test_wrong_request_is_refused(
    backend: NativeBackend, prompt: bytes, field: str, value: float
) -> None:
    option = SamplingConfig()
    object.__setattr__(option, field, value)
    with pytest.raises(ConfigError):
        submit(backend, prompt, option)
    assert backend.stats().submitted == 0


def test_engine_that_cannot_be_is_refused(model: NativeModel) -> None:
    for chunk in (0, -1, 257):
        with pytest.raises(ConfigError):
            NativeBackend(model, EngineConfig(), chunk)
