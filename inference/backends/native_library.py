"""The C++ library: every function of `csrc/include/xinglin.h`, statuses as exceptions."""

from __future__ import annotations

import importlib.metadata
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, NoReturn

import inference
from inference.backends.base import Finish
from inference.backends.native_binding import (
    Binding,
    Checked,
    Data,
    Doubles,
    Float64,
    Floats,
    Int8s,
    Int32,
    Makes,
    Name,
    OutInt32,
    OutSize,
    Plain,
    Size,
    Text,
    UInt8s,
    UInt32s,
    UInt64,
    Value,
)
from inference.backends.native_structs import (
    ABI_VERSION,
    CoderHandle,
    Config,
    EngineHandle,
    FinishCode,
    Matrix,
    MemoryFileHandle,
    MemoryHandle,
    ModelHandle,
    ModelSource,
    Request,
    Sampling,
    ScorerHandle,
    SequenceHandle,
    State,
    Stats,
    Status,
    Table,
)
from inference.errors import (
    BackendError,
    CheckpointError,
    ConfigError,
    DeviceLost,
    EngineClosed,
    EngineError,
    KernelError,
)

CHUNK: Final = 32
"""Steps of prompts that are computed together."""

_SUFFIX: Final = ".dylib" if sys.platform == "darwin" else ".so"
LISTEN_S: Final = 0.2
"""Longest wait inside the library, so that Ctrl-C is heard."""


_ERRORS: Final[Mapping[int, type[EngineError]]] = {
    Status.INVALID: ConfigError,
    Status.NO_MEMORY: KernelError,
    Status.UNSUPPORTED: BackendError,
    Status.CLOSED: EngineClosed,
    Status.THREAD: BackendError,
    Status.BAD_WEIGHT: CheckpointError,
    Status.BAD_AUTOMATON: ConfigError,
    Status.INTERNAL: KernelError,
    Status.NO_DRIVER: BackendError,
    Status.OLD_DRIVER: BackendError,
    Status.NO_DEVICE: BackendError,
    Status.WRONG_DEVICE: BackendError,
    Status.DEVICE_LOST: DeviceLost,
}
FINISHES: Final[Mapping[int, Finish]] = {
    FinishCode.END: "end",
    FinishCode.LENGTH: "length",
    FinishCode.DEADLINE: "deadline",
    FinishCode.CANCELLED: "cancelled",
}


class Library(Binding):
    """The functions of the header; how each kind returns: `native_binding`."""

    PREFIX, ABI, ERROR = "xl_", ABI_VERSION, BackendError

    abi_version: Value[()]
    status_text: Text[Int32]
    isa_name: Text[Int32]
    model_create: Makes[ModelSource, Name, ModelHandle]
    model_release: Plain[ModelHandle]
    model_isa: Text[ModelHandle]
    model_logits: Checked[ModelHandle, Data, Size, Int32, Floats]
    scorer_create: Makes[ModelHandle, ScorerHandle]
    scorer_feed: Checked[ScorerHandle, Data, Size, Floats]
    scorer_release: Plain[ScorerHandle]
    coder_version: Value[()]
    coder_create: Makes[ModelHandle, Int32, CoderHandle]
    coder_remember: Checked[CoderHandle, MemoryHandle]
    coder_encode: Checked[CoderHandle, Data, Size]
    coder_finish: Checked[CoderHandle]
    coder_take: Checked[CoderHandle, Size, UInt8s, OutSize]
    coder_load: Checked[CoderHandle, Data, Size]
    coder_decode: Checked[CoderHandle, Size, UInt8s]
    coder_release: Plain[CoderHandle]
    memory_open: Makes[UInt8s, Size, MemoryHandle]
    memory_release: Plain[MemoryHandle]
    memory_build: Makes[UInt32s, Size, UInt32s, Size, Int32, MemoryFileHandle]
    memory_file_size: Checked[MemoryFileHandle, OutSize]
    memory_file_read: Checked[MemoryFileHandle, Size, Size, UInt8s]
    memory_file_release: Plain[MemoryFileHandle]
    engine_open: Makes[ModelHandle, Config, EngineHandle]
    engine_close: Plain[EngineHandle]
    engine_forget: Plain[EngineHandle]
    engine_release: Plain[EngineHandle]
    engine_stats_get: Checked[EngineHandle, Stats]
    engine_submit: Makes[EngineHandle, Request, SequenceHandle]
    sequence_wait: Value[SequenceHandle, Size, Float64, State]
    sequence_read: Checked[SequenceHandle, Size, Size, UInt8s]
    sequence_cancel: Plain[SequenceHandle]
    sequence_discard: Plain[SequenceHandle]
    sequence_release: Plain[SequenceHandle]
    sample: Checked[Floats, Sampling, Table, Int32, Data, Size, UInt64, OutInt32, Doubles]
    op_quantize: Checked[Name, Floats, Int32, Int32, Int8s, Floats]
    op_linear: Checked[Name, Floats, Int32, Int32, Matrix, Int32, Floats]
    op_group_norm: Checked[Name, Floats, Int32, Int32, Int32, Floats]
    op_attention: Checked[Name, Floats, Floats, Floats, Floats, Int32, Int32, Int32, Int32, Floats]
    op_exp: Checked[Name, Floats, Int32, Floats]
    op_frequencies: Checked[Floats, UInt32s]

    def fail(self, function: str, status: int) -> NoReturn:
        """Raise the exception for a status.

        Raises:
            EngineError: always; which class, says `_ERRORS`.
        """
        raise _ERRORS.get(status, KernelError)(f"{function}: {self.status_text(status)}")

    def isa_names(self) -> list[str]:
        """Return the instruction sets that run here, best first."""
        return self.texts(self.isa_name)


@cache
def load_library() -> Library:
    """Load the processor's library, which the build installed.

    Raises:
        BackendError: there is none.
    """
    path = find_library("cpu")
    if path is None:
        raise BackendError(f"libxinglin_cpu{_SUFFIX} is not built; run `make build`")
    return Library(path)


def find_library(backend: str) -> Path | None:
    """Return where the build installed the library of `cpu` or `cuda`; None when it did not."""
    file = f"libxinglin_{backend}{_SUFFIX}"
    return next((path for path in _places(file) if path.is_file()), None)


def _places(file: str) -> list[Path]:
    places = [Path(path) / "lib" / file for path in inference.__path__]
    try:
        installed = importlib.metadata.distribution("xinglin")
    except importlib.metadata.PackageNotFoundError:
        return places
    return [*places, Path(str(installed.locate_file(f"inference/lib/{file}")))]
