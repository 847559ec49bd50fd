"""The enums, structs and handles of `csrc/include/xinglin.h`; a test compares them with it."""

from __future__ import annotations

import ctypes
from enum import IntEnum
from typing import Final

from inference.automaton import Automaton
from inference.backends.native_binding import CHandle, CStruct
from inference.sampling import METHODS, SamplingConfig

ABI_VERSION: Final = 5


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


MATRICES: Final = ("a.u", "a.o", "b.x", "b.o", "c.u", "c.o")

_i32, _f64, _size, _u64 = ctypes.c_int32, ctypes.c_double, ctypes.c_size_t, ctypes.c_uint64
_pointer = ctypes.c_void_p


class Matrix(CStruct):
    """xl_matrix."""

    C_NAME = "xl_matrix"
    _fields_ = (("weight", _pointer), ("scale", _pointer))


class Block(CStruct):
    """xl_block."""

    C_NAME = "xl_block"
    _fields_ = (
        *((name.replace(".", "_"), Matrix) for name in MATRICES),
        ("b_pe", _pointer),
        ("b_mix", _pointer),
    )


class Ngrams(CStruct):
    """xl_ngrams."""

    C_NAME = "xl_ngrams"
    _fields_ = (
        ("count", _i32),
        ("rows", _pointer),
        ("orders", _pointer),
        ("tables", ctypes.POINTER(_pointer)),
    )


class Second(CStruct):
    """xl_second."""

    C_NAME = "xl_second"
    _fields_ = (("embedding", _pointer), ("u", Matrix), ("o", Matrix), ("head", Matrix))


class ModelSource(CStruct):
    """xl_model_source."""

    C_NAME = "xl_model_source"
    _fields_ = (
        ("width", _i32),
        ("heads", _i32),
        ("layers", _i32),
        ("context", _i32),
        ("step_bytes", _i32),
        ("ngrams", Ngrams),
        ("embedding", _pointer),
        ("blocks", ctypes.POINTER(Block)),
        ("head", Matrix),
        ("second", Second),
    )


class Config(CStruct):
    """xl_engine_config."""

    C_NAME = "xl_engine_config"
    _fields_ = (
        ("threads", _i32),
        ("max_batch", _i32),
        ("chunk", _i32),
        ("keep_bytes", _u64),
    )


class Sampling(CStruct):
    """xl_sampling."""

    C_NAME = "xl_sampling"
    _fields_ = (
        ("method", _i32),
        ("top_k", _i32),
        ("temperature", _f64),
        ("top_e", _f64),
        ("top_p", _f64),
        ("min_p", _f64),
        ("seed", _u64),
    )

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


class Table(CStruct):
    """xl_automaton."""

    C_NAME = "xl_automaton"
    _fields_ = (("next", _pointer), ("states", _i32))

    @classmethod
    def of(cls, automaton: Automaton) -> Table:
        """Return the C form; the automaton must outlive it."""
        return cls(next=automaton.next.ctypes.data, states=len(automaton.next))


class Request(CStruct):
    """xl_request."""

    C_NAME = "xl_request"
    _fields_ = (
        ("prompt", ctypes.c_char_p),
        ("prompt_bytes", _size),
        ("sampling", Sampling),
        ("automaton", Table),
        ("max_bytes", _i32),
        ("deadline_s", _f64),
    )


class State(CStruct):
    """xl_sequence_state."""

    C_NAME = "xl_sequence_state"
    _fields_ = (
        ("bytes", _size),
        ("finish", _i32),
        ("prompt_bytes", _size),
        ("waiting_s", _f64),
        ("prefill_s", _f64),
        ("decode_s", _f64),
        ("surprise", _f64),
    )


class Stats(CStruct):
    """xl_engine_stats."""

    C_NAME = "xl_engine_stats"
    _fields_ = (
        ("sequences_submitted", _u64),
        ("sequences_finished", _u64),
        ("bytes_decoded", _u64),
        ("bytes_prefilled", _u64),
        ("bytes_shared", _u64),
        ("steps", _u64),
        ("active", _i32),
        ("waiting", _i32),
        ("kept", _i32),
        ("busy_s", _f64),
    )


class ModelHandle(CHandle):
    """xl_model."""

    C_NAME = "xl_model"


class ScorerHandle(CHandle):
    """xl_scorer."""

    C_NAME = "xl_scorer"


class CoderHandle(CHandle):
    """xl_coder."""

    C_NAME = "xl_coder"


class MemoryHandle(CHandle):
    """xl_memory."""

    C_NAME = "xl_memory"


class MemoryFileHandle(CHandle):
    """xl_memory_file."""

    C_NAME = "xl_memory_file"


class EngineHandle(CHandle):
    """xl_engine."""

    C_NAME = "xl_engine"


class SequenceHandle(CHandle):
    """xl_sequence."""

    C_NAME = "xl_sequence"
