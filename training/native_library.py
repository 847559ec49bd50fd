"""The trainer's C++ library: all of `csrc/include/xinglin_train.h`, statuses as errors."""

from __future__ import annotations

import ctypes
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
    Floats,
    Int32,
    Int64,
    Makes,
    Name,
    OutFloat64,
    OutInt64,
    Plain,
    Text,
    Value,
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

_i32, _f64, _pointer = ctypes.c_int32, ctypes.c_double, ctypes.c_void_p
_floats = ctypes.POINTER(ctypes.c_float)


class ShapeSource(CStruct):
    """xt_shape."""

    C_NAME = "xt_shape"
    _fields_ = (
        ("family", _i32),
        ("width", _i32),
        ("heads", _i32),
        ("layers", _i32),
        ("context", _i32),
        ("mixing", _i32),
        ("tables", _i32),
        ("orders", _pointer),
        ("rows", _pointer),
        ("embedding", _pointer),
    )


class Tensor(CStruct):
    """xt_tensor."""

    C_NAME = "xt_tensor"
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("rows", _i32),
        ("columns", _i32),
        ("weight", _floats),
        ("first", _floats),
        ("second", _floats),
    )


class BatchSource(CStruct):
    """xt_batch."""

    C_NAME = "xt_batch"
    _fields_ = (
        ("windows", _i32),
        ("steps", _i32),
        ("data", _pointer),
        ("weights", _pointer),
        ("distilled", _pointer),
        ("reach", _i32),
    )


class RatesSource(CStruct):
    """xt_rates."""

    C_NAME = "xt_rates"
    _fields_ = (("muon_lr", _f64), ("adam_lr", _f64), ("weight_decay", _f64))


class Times(CStruct):
    """xt_times."""

    C_NAME = "xt_times"
    _fields_ = (("forward", _f64), ("backward", _f64), ("optimizer", _f64))


class TrainerHandle(CHandle):
    """xt_trainer."""

    C_NAME = "xt_trainer"


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
