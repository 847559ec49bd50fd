"""The GPU benchmark: its arithmetic, its tables, and a whole row of it on an emulated device."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.gpu import __main__
from benchmarks.gpu.graph.ceiling import Device, parse
from benchmarks.gpu.report import OURS, Report, Row, Sizes, block_count
from benchmarks.gpu.ways import Made, Ours, Small
from inference.backends.native import NativeModel
from inference.backends.native_cuda import CudaBackend
from inference.backends.native_library import Library
from inference.config import EngineConfig
from inference.errors import BackendError
from inference.model.checkpoint import Checkpoint

RandomModel = Callable[..., Checkpoint]

DEVICE = Device("a GPU", "sm_90", 4, 1 << 30, 1 << 20, 13000, 12060)
CEILING = parse(
    {
        "reads": {"1": {"cache": 10e9, "memory": 5e9}, "4": {"cache": 40e9, "memory": 8e9}},
        "launch_us": 2.0,
        "node_us": 1.5,
        "round_trip_us": 6.0,
        "barrier_us": 0.02,
    }
)


def test_roof_is_the_cache_until_keys_and_values_do_not_fit_it() -> None:
    weights = 200_000.0

    alone = CEILING.roof(DEVICE, 1, weights, 50_000.0)
    many = CEILING.roof(DEVICE, 4, weights, 2_000_000.0)
    crowded = CEILING.roof(DEVICE, 9, weights, 500_000.0)  # of 4 multiprocessors

    assert (alone.limit, alone.seconds) == ("cache", pytest.approx(250_000 / 10e9))
    assert (many.limit, many.seconds) == ("memory", pytest.approx(2_000_000 / 8e9))
    assert (crowded.limit, crowded.seconds) == ("cache", pytest.approx(2_300_000 / 40e9))


def test_blocks_are_the_engines() -> None:
    found = [block_count(batch, 132) for batch in (1, 8, 32, 128, 512, 1024)]

    assert found == [1, 8, 32, 128, 128, 128]


def test_heads_that_look_no_further_read_less(random_model: RandomModel) -> None:
    checkpoint = random_model(32, 4, 64)
    tensors = {name: tensor.copy() for name, tensor in checkpoint.tensors.items()}
    for name in (name for name in tensors if name.endswith(".pe")):
        tensors[name][0] = -np.arange(
            64
        )  # 20 and twice the root of 8 below the nearest: too little
    sizes = Sizes.of(dataclasses.replace(checkpoint, tensors=tensors))

    assert sizes.reaches == (26, 64, 64, 64) * 2
    assert sizes.kept(10) == 8 * 10 * (2 * 16 + 8)
    assert sizes.kept(64) == 2 * (26 + 3 * 64) * (2 * 16 + 8)
    assert sizes.weights == 2 * 11 * 32**2 + 256 * 32


def test_report_says_who_is_how_fast_what_limits_and_who_is_absent() -> None:
    sizes = Sizes(100_000, (64, 64), 40)
    row = Row(8, 64, {OURS: [900.0, 1000.0, 8000.0], "eager": [100.0]}, [5e3], [96.0])
    row.failed["small"] = "memory is short"
    names = {OURS: OURS, "small": "small kernels", "eager": "PyTorch"}
    report = Report(sizes, names, DEVICE, CEILING, {"compiled": "no nvcc"}, [row, Row(9, 64)])

    text = report.markdown()

    assert "| 8 | 64 | 1,000 | 8,000.0 | – | 100 (10.0 x) |" in text
    # 8 streams make 4 blocks of 2: 400 kB of weights, and 8 x 2 x 64 x 40 bytes of keys and values.
    assert "| 8 | 64 | 0.1 GB/s | 0.0 GB/s | cache | 0.1 % | 5,000 |" in text
    assert "compiled is absent: no nvcc" in text
    assert "small kernels, batch 8, context 64: memory is short" in text
    found = json.loads(json.dumps(report.json()))
    assert found["rows"][0]["roof"] == {"limit": "cache", "seconds": pytest.approx(440_960 / 40e9)}
    assert found["rows"][1]["roof"] is None


class Broken:
    def round(self, count: int) -> Made:
        raise RuntimeError("out of memory\nand a trace")


def test_everybody_does_a_row_and_who_fails_is_left_out(
    small_kernels: Path, emulated_gpu: Library, random_model: RandomModel
) -> None:
    checkpoint = random_model(24, 2, 20, (1, 2))
    backend = CudaBackend(checkpoint, EngineConfig(max_batch=3, cache_bytes=0), emulated_gpu)
    model = NativeModel(checkpoint, library=emulated_gpu)
    openers = {
        OURS: lambda prompts: Ours(backend, prompts),
        "small": lambda prompts: Small(small_kernels, model, checkpoint, prompts),
        "eager": lambda prompts: Broken(),
    }

    row = __main__.measure(openers, 3, 20, count=4, rounds=2)

    assert backend.stats().running == 0
    backend.close()
    assert [len(row.rounds[key]) for key in (OURS, "small")] == [2, 2]
    assert min(*row.rounds[OURS], *row.rounds["small"], *row.prompts) > 0
    assert all(context > 20 for context in row.between)
    assert row.failed == {"eager": "out of memory"}


def test_peers_that_are_not_there_are_named(
    random_model: RandomModel, emulated_gpu: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.gpu.graph.build.find_nvcc", lambda: None)
    monkeypatch.setitem(sys.modules, "torch", None)
    checkpoint = random_model(24, 2, 20)

    openers, absent = __main__.prepare(checkpoint, emulated_gpu, ["small", "eager"], 4)
    device, limit, unknown = __main__.limits(checkpoint, emulated_gpu, [1])

    assert openers == {}
    assert sorted(absent) == ["PyTorch eager", "small kernels in a CUDA graph"]
    assert (device, limit) == (None, None)
    assert unknown == {"the ceiling": "nvcc, which compiles it, is not installed"}


def test_without_a_gpu_one_sentence_says_so(
    random_model: RandomModel, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load_cuda() -> Library:
        raise BackendError("no NVIDIA driver is installed")

    monkeypatch.setattr(__main__, "load_cuda", load_cuda)
    monkeypatch.setattr(sys, "argv", ["gpu", "--model", str(random_model(24, 2, 20).path)])

    assert __main__.main() == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == "the GPU benchmark cannot run here: no NVIDIA driver is installed\n"
