"""The C++ library: all of `csrc/include/xinglin.h`, statuses as exceptions."""

from __future__ import annotations

import ctypes
import importlib.metadata
import sys
from collections.abc import Mapping
from enum import IntEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Final, NoReturn

import inference
from inference.automaton import Automaton
from inference.backends.base import Finish
from inference.backends.native_binding import (
    Addresses,
    Binding,
    CHandle,
    Checked,
    CStruct,
    Data,
    Doubles,
    Float64,
    FloatAddress,
    Floats,
    Int8Address,
    Int8s,
    Int32,
    Int32Address,
    Makes,
    Name,
    OutInt32,
    OutSize,
    Parameter,
    Plain,
    Size,
    Text,
    UInt8Address,
    UInt8s,
    UInt32s,
    UInt64,
    Value,
    c_struct,
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
from inference.sampling import METHODS, SamplingConfig

ABI_VERSION: Final = 5
CHUNK: Final = 32
"""Steps of prompts that are computed together."""

_SUFFIX: Final = ".dylib" if sys.platform == "darwin" else ".so"
LISTEN_S: Final = 0.2
"""Longest wait inside the library, so that Ctrl-C is heard."""


class Status(IntEnum):
    """xl_status."""

    OK = 0
    INVALID = 1
    NO_MEMORY = 2
    UNSUPPORTED = 3
    CLOSED = 4
    TIMEOUT = 5
    THREAD = 6
    BAD_WEIGHT = 7
    BAD_AUTOMATON = 8
    INTERNAL = 9
    NO_DRIVER = 10
    OLD_DRIVER = 11
    NO_DEVICE = 12
    WRONG_DEVICE = 13
    DEVICE_LOST = 14


class FinishCode(IntEnum):
    """xl_finish."""

    RUNNING = 0
    END = 1
    LENGTH = 2
    DEADLINE = 3
    CANCELLED = 4
    STOPPED = 5
    FAILED = 6
    LOST = 7


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


MATRICES: Final = ("a.u", "a.o", "b.x", "b.o", "c.u", "c.o")


@c_struct
class Matrix(CStruct):
    """xl_matrix."""

    weight: Int8Address
    scale: FloatAddress


@c_struct
class Block(CStruct):
    """xl_block."""

    a_u: Matrix
    a_o: Matrix
    b_x: Matrix
    b_o: Matrix
    c_u: Matrix
    c_o: Matrix
    b_pe: FloatAddress
    b_mix: FloatAddress


Blocks = Annotated[ctypes.Array[Block], Parameter("xl_block*", ctypes.POINTER(Block))]


@c_struct
class Ngrams(CStruct):
    """xl_ngrams."""

    count: Int32
    rows: Int32Address
    orders: Int32Address
    tables: Addresses


@c_struct
class Second(CStruct):
    """xl_second."""

    embedding: FloatAddress
    u: Matrix
    o: Matrix
    head: Matrix


@c_struct
class ModelSource(CStruct):
    """xl_model_source."""

    width: Int32
    heads: Int32
    layers: Int32
    context: Int32
    step_bytes: Int32
    ngrams: Ngrams
    embedding: FloatAddress
    blocks: Blocks
    head: Matrix
    second: Second


@c_struct
class Config(CStruct):
    """xl_engine_config."""

    threads: Int32
    max_batch: Int32
    chunk: Int32
    keep_bytes: UInt64


@c_struct
class Sampling(CStruct):
    """xl_sampling."""

    method: Int32
    top_k: Int32
    temperature: Float64
    top_e: Float64
    top_p: Float64
    min_p: Float64
    seed: UInt64

    @classmethod
    def of(cls, config: SamplingConfig) -> Sampling:
        """Return the C form of the options."""
        return cls(
            method=METHODS.index(config.method),
            top_k=config.top_k,
            temperature=config.temperature,
            top_e=config.top_e,
            top_p=config.top_p,
            min_p=config.min_p,
            seed=config.seed,
        )


@c_struct
class Table(CStruct):
    """xl_automaton."""

    next: UInt8Address
    states: Int32

    @classmethod
    def of(cls, automaton: Automaton) -> Table:
        """Return the C form; the automaton must outlive it."""
        return cls(next=automaton.next.ctypes.data, states=len(automaton.next))


@c_struct
class Request(CStruct):
    """xl_request."""

    prompt: Data
    prompt_bytes: Size
    sampling: Sampling
    automaton: Table
    max_bytes: Int32
    deadline_s: Float64


@c_struct
class State(CStruct):
    """xl_sequence_state."""

    bytes: Size
    finish: Int32
    prompt_bytes: Size
    waiting_s: Float64
    prefill_s: Float64
    decode_s: Float64
    surprise: Float64


@c_struct
class Stats(CStruct):
    """xl_engine_stats."""

    sequences_submitted: UInt64
    sequences_finished: UInt64
    bytes_decoded: UInt64
    bytes_prefilled: UInt64
    bytes_shared: UInt64
    steps: UInt64
    active: Int32
    waiting: Int32
    kept: Int32
    busy_s: Float64


class ModelHandle(CHandle):
    """xl_model."""


class ScorerHandle(CHandle):
    """xl_scorer."""


class CoderHandle(CHandle):
    """xl_coder."""


class MemoryHandle(CHandle):
    """xl_memory."""


class MemoryFileHandle(CHandle):
    """xl_memory_file."""


class EngineHandle(CHandle):
    """xl_engine."""


class SequenceHandle(CHandle):
    """xl_sequence."""


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
