from pathlib import Path

import pytest

from inference.backends import native_cuda, select
from inference.backends.native_library import Library, load_library
from inference.config import EngineConfig
from inference.errors import BackendError
from inference.model.checkpoint import Checkpoint
from tests.tools.emulator import build_emulated


def no_library(checkpoint: Checkpoint, config: EngineConfig) -> None:
    raise BackendError("no library; run `make build`")


def test_cuda_says_that_it_is_not_installed(
    tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native_cuda, "find_library", lambda _: None)
    with pytest.raises(BackendError, match="no CUDA library is installed"):
        select.open_backend(tiny, EngineConfig(backend="cuda"))


@pytest.mark.skipif(Path("/dev/nvidiactl").exists(), reason="there is an NVIDIA device")
def test_without_a_driver_cuda_says_so_and_auto_takes_the_processor(
    tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(native_cuda, "find_library", lambda _: load_library().path)
    with pytest.raises(BackendError, match="no NVIDIA driver is installed"):
        select.open_backend(tiny, EngineConfig(backend="cuda"))
    backend = select.open_backend(tiny, EngineConfig())
    backend.close()
    assert backend.name.startswith("cpu-")


def test_auto_takes_a_gpu_when_there_is_one(
    tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulated = Library(build_emulated())
    monkeypatch.setattr(native_cuda, "load_cuda", lambda: emulated)
    backend = select.open_backend(tiny, EngineConfig())
    backend.close()
    assert backend.name == "cuda-emulated"


@pytest.mark.parametrize("fault", ["driver", "old", "device", "memory", "lost", "wrong"])
def test_auto_takes_the_processor_when_the_gpu_does_not_open(
    tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    emulated = Library(build_emulated())
    monkeypatch.setattr(native_cuda, "load_cuda", lambda: emulated)
    monkeypatch.setenv("XL_EMULATED_DEVICE", f"fail={fault}")
    backend = select.open_backend(tiny, EngineConfig())
    backend.close()
    assert backend.name.startswith("cpu-")


def test_gpu_that_computes_other_numbers_is_refused(
    tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulated = Library(build_emulated())
    monkeypatch.setattr(native_cuda, "load_cuda", lambda: emulated)
    monkeypatch.setenv("XL_EMULATED_DEVICE", "fail=wrong")
    with pytest.raises(BackendError, match="computes other numbers than the processor"):
        select.open_backend(tiny, EngineConfig(backend="cuda"))


def test_auto_takes_the_reference_when_nothing_native_loads(
    tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(native_cuda, "find_library", lambda _: None)
    monkeypatch.setattr(select, "_open_native", no_library)
    backend = select.open_backend(tiny, EngineConfig())
    backend.close()
    assert backend.name == "reference"
    assert "no library; run `make build`" in caplog.text


def test_cpu_does_not_fall_back(tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(select, "_open_native", no_library)
    with pytest.raises(BackendError, match="make build"):
        select.open_backend(tiny, EngineConfig(backend="cpu"))
