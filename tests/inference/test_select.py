import pytest

from inference.backends import select
from inference.checkpoint import Checkpoint
from inference.config import EngineConfig
from inference.errors import BackendError


def no_library(checkpoint: Checkpoint, config: EngineConfig) -> None:
    raise BackendError("no library; run `make build`")


def test_cuda_says_that_it_is_not_installed(tiny: Checkpoint) -> None:
    with pytest.raises(BackendError, match="no CUDA library is installed"):
        select.open_backend(tiny, EngineConfig(backend="cuda"))


def test_auto_takes_the_reference_when_nothing_native_loads(
    tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(select, "_open_native", no_library)
    backend = select.open_backend(tiny, EngineConfig())
    backend.close()
    assert backend.name == "reference"
    assert "no library; run `make build`" in caplog.text


def test_cpu_does_not_fall_back(tiny: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(select, "_open_native", no_library)
    with pytest.raises(BackendError, match="make build"):
        select.open_backend(tiny, EngineConfig(backend="cpu"))
