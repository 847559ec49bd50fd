"""The trainer's C++ library: all of `csrc/include/xinglin_train.h`, statuses as errors."""

from __future__ import annotations

from enum import IntEnum
from functools import cache
from typing import Final, NoReturn

from inference.backends.native_binding import (
    Addresses,
    Binding,
    CHandle,
    Checked,
    CStruct,
    Float64,
    FloatAddress,
    Floats,
    FloatView,
    Int32,
    Int32Address,
    Int64,
    Makes,
    Name,
    OutFloat64,
    OutInt64,
    Plain,
    Text,
    UInt8Address,
    Value,
    c_struct,
)
from inference.backends.native_library import find_library
from training.errors import LossError, RunError, TrainingError

ABI_VERSION: Final = 1


class Status(IntEnum):
    """xt_status."""

    OK = 0
    INVALID = 1
    NO_MEMORY = 2
    UNSUPPORTED = 3
    THREAD = 4
    NOT_FINITE = 5
    INTERNAL = 6


class FamilyCode(IntEnum):
    """xt_family."""

    BYTE = 0
    PAIR = 1


_MINE: Final = frozenset({Status.INVALID, Status.NO_MEMORY, Status.UNSUPPORTED, Status.THREAD})
"""Statuses that whoever called can do something about."""


@c_struct
class ShapeSource(CStruct):
    """xt_shape."""

    family: Int32
    width: Int32
    heads: Int32
    layers: Int32
    context: Int32
    mixing: Int32
    tables: Int32
    orders: Int32Address
    rows: Int32Address
    embedding: FloatAddress


@c_struct
class Tensor(CStruct):
    """xt_tensor."""

    name: Name
    rows: Int32
    columns: Int32
    weight: FloatView
    first: FloatView
    second: FloatView


@c_struct
class BatchSource(CStruct):
    """xt_batch."""

    windows: Int32
    steps: Int32
    data: UInt8Address
    weights: FloatAddress
    distilled: UInt8Address
    reach: Int32


@c_struct
class RatesSource(CStruct):
    """xt_rates."""

    muon_lr: Float64
    adam_lr: Float64
    weight_decay: Float64


@c_struct
class Times(CStruct):
    """xt_times."""

    forward: Float64
    backward: Float64
    optimizer: Float64


class TrainerHandle(CHandle):
    """xt_trainer."""


class TrainLibrary(Binding):
    """The functions of the header; how each kind returns: `inference.backends.native_binding`."""

    PREFIX, ABI, ERROR = "xt_", ABI_VERSION, RunError

    abi_version: Value[()]
    status_text: Text[Int32]
    isa_name: Text[Int32]
    trainer_create: Makes[ShapeSource, Name, Int32, TrainerHandle]
    trainer_release: Plain[TrainerHandle]
    trainer_isa: Text[TrainerHandle]
    trainer_tensor: Checked[TrainerHandle, Int32, Tensor]
    trainer_steps: Checked[TrainerHandle, OutInt64]
    trainer_set_steps: Checked[TrainerHandle, Int64]
    trainer_set_teacher: Checked[TrainerHandle, Addresses]
    trainer_step: Checked[TrainerHandle, BatchSource, RatesSource, OutFloat64]
    trainer_gradients: Checked[TrainerHandle, BatchSource, OutFloat64, Addresses]
    trainer_losses: Checked[TrainerHandle, BatchSource, Floats]
    trainer_times: Checked[TrainerHandle, Times]
    product_rate: Checked[Name, Int32, Int32, Int32, Float64, OutFloat64]

    def fail(self, function: str, status: int) -> NoReturn:  # noqa: ARG002 - the text says enough
        """Raise the exception for a status.

        Raises:
            LossError: the loss or a gradient is not finite.
            RunError: an argument, the memory or the processor does not allow it.
            TrainingError: a defect of the library.
        """
        text = self.status_text(status)
        if status == Status.NOT_FINITE:
            raise LossError(text)
        raise (RunError if status in _MINE else TrainingError)(f"the trainer: {text}")

    def isa_names(self) -> list[str]:
        """Return the instruction sets that run here, best first."""
        return self.texts(self.isa_name)


@cache
def load_library() -> TrainLibrary:
    """Load the trainer that the build installed.

    Raises:
        RunError: there is none.
    """
    path = find_library("train")
    if path is None:
        raise RunError("the trainer's library is not built; run `make build`")
    return TrainLibrary(path)
