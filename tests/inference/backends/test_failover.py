"""The processor goes on when the GPU is lost, and nobody loses a reply."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from inference.automaton import Automaton
from inference.backends.base import Backend
from inference.backends.failover import TakeoverBackend
from inference.backends.native import NativeBackend
from inference.backends.native_cuda import CudaBackend
from inference.backends.native_library import Library
from inference.config import EngineConfig
from inference.errors import DeviceLost, EngineClosed
from inference.model.checkpoint import Checkpoint
from inference.sampling import SamplingConfig
from tests.tools.emulator import build_emulated

FREE = Automaton("any", np.zeros((2, 256), np.uint8))
SMALL = EngineConfig(max_batch=4, cache_bytes=1 << 20)
LOST = "fail=lost"
LONG = SamplingConfig(seed=5, max_bytes=400)


@pytest.fixture(scope="session")
def library() -> Library:
    return Library(build_emulated())


@pytest.fixture
def backend(library: Library, tiny: Checkpoint) -> Iterator[TakeoverBackend]:
    config = SMALL
    gpu = CudaBackend(tiny, config, library)
    backend = TakeoverBackend(gpu, lambda: NativeBackend.open(tiny, config))
    yield backend
    backend.close()


def reply(backend: Backend, prompt: bytes = b"a", sampling: SamplingConfig = LONG) -> bytes:
    handle = backend.submit(prompt, sampling, FREE, None)
    assert handle.wait(1 << 30, 100).finish == "length"
    return handle.wait(0, 0).data


def test_replies_under_way_and_to_come_are_the_same_without_the_gpu(
    backend: TakeoverBackend, tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    processor = NativeBackend.open(tiny, SMALL)
    expected = [reply(processor, prompt) for prompt in (b"a", b"b", b"c")]
    processor.close()
    running = [backend.submit(prompt, LONG, FREE, None) for prompt in (b"a", b"b")]
    given = [handle.wait(0, 60).data for handle in running]
    assert all(0 < len(data) < 400 for data in given)

    monkeypatch.setenv("XL_EMULATED_DEVICE", LOST)

    rest = []
    for handle, data in zip(running, given, strict=True):
        assert handle.wait(1 << 30, 60).finish == "length"
        rest.append(data + handle.wait(len(data), 60).data)
    assert [*rest, reply(backend, b"c")] == expected
    assert backend.name.startswith("cpu-")


def test_logits_and_scores_come_from_the_processor_then(
    backend: TakeoverBackend, tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = backend.logits(b"abc"), backend.scorer().feed(b"abc")
    assert backend.name == "cuda-emulated"
    monkeypatch.setenv("XL_EMULATED_DEVICE", LOST)
    assert np.array_equal(backend.logits(b"abc"), before[0])
    assert np.array_equal(backend.scorer().feed(b"abc"), before[1])


def test_cancelled_reply_stays_cancelled(
    backend: TakeoverBackend, monkeypatch: pytest.MonkeyPatch
) -> None:
    handle = backend.submit(b"a", SamplingConfig(max_bytes=1 << 20), FREE, None)
    handle.wait(0, 60)
    monkeypatch.setenv("XL_EMULATED_DEVICE", LOST)
    handle.cancel()
    assert handle.wait(1 << 30, 60).finish == "cancelled"


def test_closed_backend_opens_no_other(
    library: Library, tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = TakeoverBackend(CudaBackend(tiny, SMALL, library), lambda: pytest.fail("opened"))
    handle = backend.submit(b"a", SamplingConfig(max_bytes=1 << 20), FREE, None)
    backend.close()
    with pytest.raises((DeviceLost, EngineClosed)):
        handle.wait(1 << 30, 60)


def test_compression_is_the_processors(backend: TakeoverBackend) -> None:
    text = "甘草者，国之老也。".encode("gb18030")
    coder = backend.coder(mixed=False)
    code = coder.encode(text) + coder.finish()
    other = backend.coder(mixed=False)
    other.load(code)
    assert other.decode(len(text)) == text
