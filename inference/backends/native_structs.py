"""The enums, structs and handles of `csrc/include/xinglin.h`; a test compares them with it."""

from __future__ import annotations

import ctypes
from enum import IntEnum
from typing import Annotated, Final

from inference.automaton import Automaton
from inference.backends.native_binding import (
    Addresses,
    CHandle,
    CStruct,
    Data,
    Float64,
    FloatAddress,
    Int8Address,
    Int32,
    Int32Address,
    Parameter,
    Size,
    UInt8Address,
    UInt64,
    c_struct,
)
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
