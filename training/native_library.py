"""The trainer's C++ library: structs as in `csrc/include/xinglin_train.h`, statuses as errors."""

from __future__ import annotations

import ctypes
from functools import cache
from pathlib import Path
from typing import Any, Final

from inference.backends.native_library import find_library
from training.errors import LossError, RunError, TrainingError

ABI: Final = 1
NOT_FINITE: Final = 5
_MINE: Final = frozenset({1, 2, 3, 4})
"""Statuses that whoever called can do something about."""

_i32, _i64, _f64, _pointer = ctypes.c_int32, ctypes.c_int64, ctypes.c_double, ctypes.c_void_p
_name = ctypes.c_char_p
_floats = ctypes.POINTER(ctypes.c_float)


class ShapeSource(ctypes.Structure):
    """xt_shape."""

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


class Tensor(ctypes.Structure):
    """xt_tensor."""

    _fields_ = (
        ("name", _name),
        ("rows", _i32),
        ("columns", _i32),
        ("weight", _floats),
        ("first", _floats),
        ("second", _floats),
    )


class BatchSource(ctypes.Structure):
    """xt_batch."""

    _fields_ = (
        ("windows", _i32),
        ("steps", _i32),
        ("data", _pointer),
        ("weights", _pointer),
        ("distilled", _pointer),
        ("reach", _i32),
    )


class RatesSource(ctypes.Structure):
    """xt_rates."""

    _fields_ = (("muon_lr", _f64), ("adam_lr", _f64), ("weight_decay", _f64))


class Times(ctypes.Structure):
    """xt_times."""

    _fields_ = (("forward", _f64), ("backward", _f64), ("optimizer", _f64))


class TrainLibrary:
    """The loaded library: its functions as attributes, each of which raises when it fails."""

    def __init__(self, path: Path) -> None:
        """Load and bind.

        Raises:
            RunError: it does not load, or was built from another version of the header.
        """
        try:
            self._library = ctypes.CDLL(str(path))
        except OSError as error:
            raise RunError(f"{path} does not load ({error}); run `make build` again") from error
        found = self._library.xt_abi_version()
        if found != ABI:
            raise RunError(f"{path} is of version {found}, not {ABI}; run `make build` again")
        self.create = self._bind("xt_trainer_create", _pointer, _name, _i32, _pointer)
        self.tensor = self._bind("xt_trainer_tensor", _pointer, _i32, _pointer)
        self.steps = self._bind("xt_trainer_steps", _pointer, _pointer)
        self.set_steps = self._bind("xt_trainer_set_steps", _pointer, _i64)
        self.set_teacher = self._bind("xt_trainer_set_teacher", _pointer, _pointer)
        self.step = self._bind("xt_trainer_step", _pointer, _pointer, _pointer, _pointer)
        self.gradients = self._bind("xt_trainer_gradients", _pointer, _pointer, _pointer, _pointer)
        self.losses = self._bind("xt_trainer_losses", _pointer, _pointer, _pointer)
        self.times = self._bind("xt_trainer_times", _pointer, _pointer)
        self.product_rate = self._bind("xt_product_rate", _name, _i32, _i32, _i32, _f64, _pointer)
        self.release = self._library.xt_trainer_release
        self.release.argtypes, self.release.restype = (_pointer,), None
        for function, arguments in (
            (self._library.xt_isa_name, (_i32,)),
            (self._library.xt_trainer_isa, (_pointer,)),
            (self._library.xt_status_text, (_i32,)),
        ):
            function.argtypes, function.restype = arguments, _name

    def isa_names(self) -> list[str]:
        """Return the instruction sets that run here, best first."""
        found: list[str] = []
        while (name := self._library.xt_isa_name(len(found))) is not None:
            found.append(name.decode())
        return found

    def trainer_isa(self, trainer: ctypes.c_void_p) -> str:
        """Return the instruction set that a trainer computes with."""
        name: bytes = self._library.xt_trainer_isa(trainer)
        return name.decode()

    def _bind(self, name: str, *arguments: Any) -> _Checked:
        function = self._library[name]
        function.argtypes, function.restype = arguments, _i32
        return _Checked(function, self._text)

    def _text(self, status: int) -> str:
        text: bytes = self._library.xt_status_text(status)
        return text.decode()


class _Checked:
    """A function of the library whose status becomes an exception."""

    def __init__(self, function: Any, text: Any) -> None:
        self._function, self._text = function, text

    def __call__(self, *arguments: Any) -> None:
        """Call it.

        Raises:
            LossError: the loss or a gradient is not finite.
            RunError: an argument, the memory or the processor does not allow it.
        """
        status = self._function(*arguments)
        if not status:
            return
        text = self._text(status)
        if status == NOT_FINITE:
            raise LossError(text)
        raise (RunError if status in _MINE else TrainingError)(f"the trainer: {text}")


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
