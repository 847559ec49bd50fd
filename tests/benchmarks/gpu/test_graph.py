"""The benchmark's small kernels compute what the processor does, bit by bit, and nvcc takes them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.gpu.graph.build import FLAGS, FOLDER, find_nvcc
from benchmarks.gpu.graph.ceiling import find_device, measure
from benchmarks.gpu.graph.small_kernels import SmallKernels, build_library
from inference.backends.native import NativeModel
from inference.backends.native_cuda import load_cuda
from inference.backends.native_library import Library
from inference.errors import BackendError
from inference.model.checkpoint import Checkpoint

RandomModel = Callable[..., Checkpoint]

ORDERS = (1, 2, 4, 6)


@pytest.fixture(params=["emulated", pytest.param("gpu", marks=pytest.mark.gpu)])
def libraries(request: pytest.FixtureRequest) -> tuple[Path, Library]:
    """The small kernels, and the engine whose weights they read."""
    if request.param == "emulated":
        return request.getfixturevalue("small_kernels"), request.getfixturevalue("emulated_gpu")
    try:
        engine = load_cuda()
        if not engine.isa_names():
            pytest.skip("there is a driver, but no GPU that this process may use")
        return build_library(engine.isa_names()[0]), engine
    except BackendError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("device", ["", "tensor=0,order=shuffled", "order=backward"])
@pytest.mark.parametrize(
    ("width", "heads", "context", "orders"), [(24, 2, 20, ORDERS), (18, 3, 16, ()), (66, 1, 2, ())]
)
def test_logits_and_bytes_are_the_processors_bit_by_bit(
    libraries: tuple[Path, Library],
    random_model: RandomModel,
    monkeypatch: pytest.MonkeyPatch,
    device: str,
    width: int,
    heads: int,
    context: int,
    orders: tuple[int, ...],
) -> None:
    kernels, engine = libraries
    monkeypatch.setenv("XL_EMULATED_DEVICE", device)
    checkpoint = random_model(width, heads, context, orders)
    streams, given, drawn = 9, 37, 5  # a row more than a tile has; the ring comes round
    prompts = np.random.default_rng(1).integers(0, 256, (streams, given), np.uint8)
    model = NativeModel(checkpoint, library=engine)

    peer = SmallKernels(kernels, model, checkpoint.config, streams, given + drawn)
    peer.begin(prompts)
    found = np.empty((streams, given + drawn - 1, 256), np.float32)
    for step in range(given + drawn - 1):
        peer.run(1)
        found[:, step] = peer.logits()
    texts = peer.texts()

    processor = NativeModel(checkpoint)
    assert np.array_equal(texts[:, :given], prompts)
    assert np.array_equal(texts[:, given:], found[:, given - 1 :].argmax(axis=-1))
    for text, rows in zip(texts, found, strict=True):
        assert rows.tobytes() == processor.logits(text[:-1].tobytes()).tobytes()


def test_another_text_begins_from_nothing_and_bytes_go_on_for_ever(
    libraries: tuple[Path, Library], random_model: RandomModel
) -> None:
    kernels, engine = libraries
    checkpoint = random_model(24, 2, 20, ORDERS)
    model = NativeModel(checkpoint, library=engine)
    peer = SmallKernels(kernels, model, checkpoint.config, 1, 8)
    prompts = np.array([[1, 2, 3]], np.uint8)

    peer.begin(prompts)
    peer.run(30)
    once = peer.texts()
    peer.begin(prompts)
    peer.run(30)

    assert np.array_equal(peer.texts(), once)


def test_model_of_other_sizes_and_a_context_too_long_are_refused(
    libraries: tuple[Path, Library], random_model: RandomModel
) -> None:
    kernels, engine = libraries
    checkpoint, other, longer = (
        random_model(*sizes) for sizes in ((24, 2, 20), (18, 2, 20), (4, 1, 9000))
    )

    with pytest.raises(BackendError, match="run `make cuda` again"):
        SmallKernels(kernels, NativeModel(checkpoint, library=engine), other.config, 1, 8)
    with pytest.raises(BackendError, match="status 13"):
        SmallKernels(kernels, NativeModel(longer, library=engine), longer.config, 1, 8)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(find_nvcc() is None, reason="nvcc is not installed (make test-tools)")
@pytest.mark.parametrize("source", ["graph.cu", "ceiling.cu"])
@pytest.mark.parametrize("architecture", ["sm_80", "sm_90"])
def test_sources_compile_without_a_warning(tmp_path: Path, source: str, architecture: str) -> None:
    made = tmp_path / "made.cubin"
    command = [str(find_nvcc()), *FLAGS, f"-arch={architecture}", "--cubin", str(FOLDER / source)]
    done = subprocess.run([*command, "-o", str(made)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-4000:]
    assert made.stat().st_size > 0


@pytest.mark.gpu
def test_ceilings_are_numbers_that_a_device_can_have() -> None:
    try:
        names = load_cuda().isa_names()
        if not names:
            pytest.skip("there is a driver, but no GPU that this process may use")
        device, program = find_device(names[0])
    except BackendError as error:
        pytest.skip(str(error))

    found = measure(program, 2 << 20, [1, device.processors])

    assert found.cache_reads[device.processors] > 4 * found.cache_reads[1] > 1e9
    assert found.memory_reads[device.processors] > found.memory_reads[1] > 1e9
    assert 0 < found.barrier_us < found.node_us < found.round_trip_us < 1000
