"""The GPU's kernels, packing and decode loop, held against the processor's bit by bit.

Each case runs on an emulated device, where a block's threads run one at a time in an order that the
test chooses, and on a real one where there is one (`-m gpu`). The kernels are the same templates.
Where nvcc is, cases also run on what it makes of them: PTX, translated to run here (tests/tools/ptx), for
sm_90, and with `PTX=all` for sm_75 and sm_80, too.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from inference.automaton import Automaton
from inference.backends.native import NativeBackend, NativeModel, NativeScorer
from inference.backends.native_cuda import CudaBackend, load_cuda
from inference.backends.native_library import Library, Matrix, load_library
from inference.config import EngineConfig
from inference.errors import BackendError, DeviceLost
from inference.model.checkpoint import Checkpoint
from inference.model.quantize import linear_int8, quantize_rows
from inference.sampling import METHODS, SamplingConfig
from tests.inference.conftest import MIXING, PAIRS
from tests.tools.emulator import build_emulated
from tests.tools.ptx.build import NVCC, build_ptx

MakeModel = Callable[..., Path]

FREE = Automaton("any", np.zeros((2, 256), np.uint8))
SMALL = EngineConfig(max_batch=4, cache_bytes=1 << 20)
"""Allows every byte and never ends."""

SHAPES = {
    "one head": {"width": 16, "heads": 1, "context": 8},
    "odd width": {"width": 18, "heads": 3, "context": 20},
    "a last tile that is partly padding": {"width": 66, "heads": 3, "context": 20},
    "hardly a history": {"width": 24, "layers": 1, "heads": 2, "context": 2},
    "n-grams": {
        "width": 24,
        "heads": 2,
        "context": 20,
        "ngram_orders": (1, 2, 4, 6),
        "ngram_rows": 61,
    },
    "heads that look no further than 9, 18, 35 and 68 bytes": {"context": 120, "slope": 3.0},
    "pairs": {"width": 24, "heads": 2, "context": 20, **PAIRS},
    "pairs, long n-grams": {
        "width": 18,
        "heads": 3,
        "context": 7,
        "layers": 1,
        "ngram_orders": (2, 8),
        "ngram_rows": (300, 1),
    },
    "pairs that mix": {"width": 24, "heads": 2, "context": 20, "layers": 3, **MIXING},
    "pairs that mix, a last tile that is partly padding": {
        "width": 66,
        "heads": 3,
        "context": 2,
        **MIXING,
    },
}
FAMILIES = {"bytes": {}, "pairs": PAIRS, "mixing": MIXING}

DEVICES = {
    "copy engine": "",
    "copies by lane": "run=1",
    "copies that arrive at once": "early=1,order=shuffled,threads=160",
    "copies by lane that arrive at once": "run=1,early=1,order=backward",
    "no copies": "run=0",
    "dp4a": "tensor=0",
    "backwards": "order=backward,threads=96",
    "more warps than the model has tiles": "threads=1024,shared=200000",
    "in any order": "tensor=0,order=shuffled,threads=32",
    "hardly any shared memory": "shared=16000,processors=1",
}


PTX_DEVICES = {
    DEVICES[name]
    for name in (
        "copy engine",
        "no copies",
        "backwards",
        "in any order",
        "hardly any shared memory",
    )
}
"""Those of which the PTX does not say itself what they are."""

LIBRARIES = [
    "emulated",
    *(
        pytest.param(f"ptx {target}", marks=[pytest.mark.slow, pytest.mark.timeout(1800)])
        for target in (
            ("sm_75", "sm_80", "sm_90") if os.environ.get("PTX") == "all" else ("sm_90",)
        )
    ),
    pytest.param("gpu", marks=pytest.mark.gpu),
]


@pytest.fixture(scope="session")
def emulated() -> Library:
    return Library(build_emulated())


@pytest.fixture(scope="session", params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> Library:
    if request.param == "emulated":
        emulated: Library = request.getfixturevalue("emulated")
        return emulated
    if request.param.startswith("ptx "):
        if NVCC is None:
            pytest.skip("nvcc is not installed (make test-tools)")
        return Library(build_ptx(request.param.removeprefix("ptx ")))
    try:
        found = load_cuda()
    except BackendError as error:
        pytest.skip(str(error))
    if not found.isa_names():
        pytest.skip("there is a driver, but no GPU that this process may use")
    return found


@pytest.fixture(params=DEVICES.values(), ids=DEVICES)
def device(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XL_EMULATED_DEVICE", request.param)


def text(count: int, seed: int = 0) -> bytes:
    return np.random.default_rng(seed).integers(0, 256, count, dtype=np.uint8).tobytes()


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_logits_are_the_processors_bit_by_bit(
    library: Library, make_model: MakeModel, shape: dict[str, object]
) -> None:
    checkpoint = Checkpoint.load(make_model(**shape))
    data = text(71)
    model = NativeModel(checkpoint, library=library)

    found = {model.logits(data, chunk).tobytes() for chunk in (1, 3, 8)}

    assert found == {NativeModel(checkpoint).logits(data).tobytes()}


@pytest.mark.usefixtures("device")
@pytest.mark.parametrize("shape", ["n-grams", "pairs that mix"])
def test_logits_depend_neither_on_the_cores_nor_on_the_order_of_threads(
    library: Library, make_model: MakeModel, shape: str
) -> None:
    checkpoint = Checkpoint.load(make_model(**SHAPES[shape]))
    data = text(40)

    found = NativeModel(checkpoint, library=library).logits(data, 5)

    assert found.tobytes() == NativeModel(checkpoint).logits(data).tobytes()


@pytest.mark.parametrize("parts", [(1,) * 9, (7, 1, 2, 30), (600, 513, 1), (1, 511, 513)])
def test_scores_of_pairs_do_not_depend_on_the_parts_that_a_text_comes_in(
    library: Library, make_model: MakeModel, parts: tuple[int, ...]
) -> None:
    if library.path.name.startswith("libxinglin_ptx") and sum(parts) > 100:
        pytest.skip("too long for an interpreter")
    checkpoint = Checkpoint.load(make_model(width=8, heads=1, layers=1, context=9, **MIXING))
    model = NativeModel(checkpoint, library=library)
    data, at, found = text(sum(parts)), 0, []
    scorer = NativeScorer(model)
    for size in parts:
        found.append(scorer.feed(data[at : at + size]))
        at += size
    assert np.array_equal(np.concatenate(found), NativeScorer(NativeModel(checkpoint)).feed(data))


@pytest.mark.usefixtures("device")
@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_many_streams_come_to_the_processors_bytes(
    library: Library, make_model: MakeModel, family: dict[str, object]
) -> None:
    checkpoint = Checkpoint.load(make_model(context=24, **family))
    requests = [
        (text(1 + 11 * i % 60, i), SamplingConfig(method=METHODS[i % 5], seed=i, max_bytes=1 + 9 * i % 40))
        for i in range(10)
    ]  # fmt: skip

    def replies(backend: NativeBackend) -> list[tuple[bytes, str | None, float]]:
        handles = [backend.submit(*request, FREE, None) for request in requests]
        progress = [(handle.wait(1 << 30, 250), handle.wait(0, 0)) for handle in handles]
        backend.close()
        return [(whole.data, end.finish, whole.nll_bits) for end, whole in progress]

    config = EngineConfig(max_batch=7, cache_bytes=1 << 20)
    found = replies(CudaBackend(checkpoint, config, library))
    expected = replies(NativeBackend.open(checkpoint, config))
    assert [reply[:2] for reply in found] == [reply[:2] for reply in expected]
    # A device's logarithm may differ in the last place.
    bits = [reply[2] for reply in expected]
    assert [reply[2] for reply in found] == pytest.approx(bits, rel=1e-9)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_text_ends_where_the_automaton_and_the_limit_say(
    library: Library, make_model: MakeModel, family: dict[str, object]
) -> None:
    checkpoint = Checkpoint.load(make_model(**family))
    automaton = Automaton.for_codec("gb18030")

    def reply(backend: NativeBackend, seed: int) -> tuple[bytes, str | None]:
        option = SamplingConfig(seed=seed, top_e=math.inf, temperature=50, max_bytes=60 + seed)
        handle = backend.submit(b"\x02a\x03", option, automaton, None)
        finish = handle.wait(1 << 30, 100).finish
        return handle.wait(0, 0).data, finish

    gpu = CudaBackend(checkpoint, SMALL, library)
    cpu = NativeBackend.open(checkpoint, SMALL)
    found = [reply(gpu, seed) for seed in range(3, 7)]
    assert found == [reply(cpu, seed) for seed in range(3, 7)]
    assert len({finish for _, finish in found}) == 2  # an end, and a length
    gpu.close()
    cpu.close()


@pytest.mark.parametrize(
    ("family", "shared"),
    [({"ngram_orders": (2, 4), "ngram_rows": 61}, 50 + 11), (PAIRS, 50 + 10), (MIXING, 50 + 8)],
    ids=FAMILIES,
)
def test_next_turn_goes_on_from_what_was_read(
    library: Library, make_model: MakeModel, family: dict[str, object], shared: int
) -> None:
    checkpoint = Checkpoint.load(make_model(context=256, **family))
    option = SamplingConfig(seed=3, top_e=math.inf, max_bytes=12)
    gpu = CudaBackend(checkpoint, SMALL, library)
    cpu = NativeBackend.open(checkpoint, SMALL)

    prompt = text(50)
    for backend in (gpu, cpu):
        handle = backend.submit(prompt, option, FREE, None)
        handle.wait(1 << 30, 100)
        longer = prompt + handle.wait(0, 0).data + b"more"
        second = backend.submit(longer, option, FREE, None)
        second.wait(1 << 30, 100)
        if backend is gpu:
            found = longer, second.wait(0, 0).data
        else:
            assert found == (longer, second.wait(0, 0).data)
    assert gpu.stats().shared_bytes == cpu.stats().shared_bytes == shared
    gpu.close()
    cpu.close()


@pytest.mark.usefixtures("device")
@pytest.mark.parametrize(("outputs", "width", "rows"), [(1, 1, 1), (17, 6, 3), (64, 40, 9)])
def test_linear_and_quantize_are_the_reference_bit_by_bit(
    library: Library, outputs: int, width: int, rows: int
) -> None:
    random = np.random.default_rng(rows)
    weight = random.integers(-127, 128, (outputs, width), dtype=np.int8)
    scale = random.standard_normal(outputs).astype(np.float32)
    x = random.standard_normal((rows, width)).astype(np.float32)
    y = np.empty((rows, outputs), np.float32)
    q, step = np.empty((rows, width), np.int8), np.empty(rows, np.float32)
    matrix = Matrix(weight.ctypes.data, scale.ctypes.data)

    library.op_linear(b"auto", x, rows, width, matrix, outputs, y)
    library.op_quantize(b"auto", x, rows, width, q, step)

    assert np.array_equal(y, linear_int8(x, weight, scale))
    expected_q, expected_step = quantize_rows(x)
    assert np.array_equal(q, expected_q)
    assert np.array_equal(step, expected_step)


def test_norm_attention_and_exp_are_the_processors_bit_by_bit(library: Library) -> None:
    random = np.random.default_rng(5)
    x = random.standard_normal((6, 60)).astype(np.float32)
    parts = [random.standard_normal((70, 20)).astype(np.float32) for _ in range(3)]
    bias = random.standard_normal(33).astype(np.float32)
    below = -np.abs(random.standard_normal(1000) * 40).astype(np.float32)

    def results(library: Library) -> list[bytes]:
        norm, mixed, power = np.empty_like(x), np.empty_like(parts[0]), np.empty_like(below)
        library.op_group_norm(b"auto", x, 6, 60, 3, norm)
        library.op_attention(b"auto", *parts, bias, 70, 20, 33, 4, mixed)
        library.op_exp(b"auto", below, len(below), power)
        return [norm.tobytes(), mixed.tobytes(), power.tobytes()]

    assert results(library) == results(load_library())


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("driver", "no NVIDIA driver is installed"),
        ("old", "older than this library needs"),
        ("device", "no GPU that this process may use"),
        ("memory", "refused memory"),
    ],
)
def test_device_that_is_not_there_gets_a_sentence(
    emulated: Library, tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch, fault: str, sentence: str
) -> None:
    monkeypatch.setenv("XL_EMULATED_DEVICE", f"fail={fault}")
    with pytest.raises(BackendError, match=sentence):
        CudaBackend(tiny, SMALL, emulated)


def test_model_that_does_not_fit_a_block_is_refused(
    emulated: Library, tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XL_EMULATED_DEVICE", "shared=6000")
    with pytest.raises(BackendError, match="not built for the GPU, or the model does not fit it"):
        CudaBackend(tiny, SMALL, emulated)


def test_lost_device_ends_every_sequence_with_that_word(
    emulated: Library, tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = CudaBackend(tiny, SMALL, emulated)
    running = backend.submit(b"a", SamplingConfig(top_e=0, max_bytes=1 << 20), FREE, None)
    running.wait(0, 60)
    monkeypatch.setenv("XL_EMULATED_DEVICE", "fail=lost")
    for handle in (running, backend.submit(b"b", SamplingConfig(), FREE, None)):
        with pytest.raises(DeviceLost):
            handle.wait(1 << 30, 60)
    backend.close()
