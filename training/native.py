"""The trainer in C++ (`inference/csrc/train/`): no PyTorch, on any processor."""

from __future__ import annotations

import ctypes
import math
import os
import weakref
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.model.hashing import byte_embedding
from training.batches import Batch
from training.core import Rates, State
from training.errors import RunError
from training.native_library import (
    BatchSource,
    RatesSource,
    ShapeSource,
    Tensor,
    Times,
    load_library,
)
from training.shape import Shape, Tensors, tensor_shapes

_STEP = "step"


class NativeCore:
    """A `TrainerCore` in C++. The same weights, batches and threads give the same bits."""

    def __init__(
        self, shape: Shape, tensors: Tensors, *, threads: int = 1, isa: str = "auto"
    ) -> None:
        """Take a copy of the weights and start the threads.

        Args:
            shape: sizes of the model.
            tensors: its weights, see `training.shape.Tensors`.
            threads: how many compute, the calling one counted.
            isa: an instruction set of `isa_names()`; "auto": the fastest; "float32": the fastest
                that computes in float32 throughout.

        Raises:
            RunError: the library is not built, there are not so many processors, `isa` does not
                run here, or the weights are of another shape.
        """
        _check_threads(threads)
        self.shape = shape
        self._library = load_library()
        keep: list[NDArray[Any]] = []
        self._handle = ctypes.c_void_p()
        _check_isa(isa)
        source = _shape_source(shape, keep)
        handle = ctypes.byref(self._handle)
        self._library.create(ctypes.byref(source), isa.encode(), threads, handle)
        self._finalizer = weakref.finalize(self, self._library.release, self._handle)
        self.isa = self._library.trainer_isa(self._handle)
        self._found = [self._tensor(i) for i in range(len(tensor_shapes(shape)))]
        self._weights = {t.name.decode(): _view(t.weight, t) for t in self._found}
        _copy(self._weights, tensors)

    def tensors(self) -> Tensors:
        """Return the live weights; see `TrainerCore`. They are views: copy what is to stay."""
        return dict(self._weights)

    def state(self) -> State:
        """Return the optimizer's live moments, and a copy of its count of steps."""
        steps = ctypes.c_int64()
        self._library.steps(self._handle, ctypes.byref(steps))
        return self._moments() | {_STEP: np.array(steps.value, np.int64)}

    def restore(self, tensors: Tensors, state: State) -> None:
        """Go on from saved weights and state; see `TrainerCore`."""
        _copy(self._weights, tensors)
        _copy(self._moments(), {name: m for name, m in state.items() if name != _STEP})
        self._library.set_steps(self._handle, int(state[_STEP]))

    def set_teacher(self, tensors: Tensors) -> None:
        """Keep a copy of these weights as the teacher; see `TrainerCore`."""
        copy = {name: np.empty_like(tensor) for name, tensor in self._weights.items()}
        _copy(copy, tensors)
        addresses = _addresses(copy)
        self._library.set_teacher(self._handle, addresses)

    def step(self, batch: Batch, rates: Rates, reach: int | None = None) -> float:
        """Take one step; see `TrainerCore`."""
        keep: list[NDArray[Any]] = []
        source = self._batch_source(batch, reach, keep)
        speeds = RatesSource(rates.muon_lr, rates.adam_lr, rates.weight_decay)
        loss = ctypes.c_double()
        self._library.step(self._handle, source, ctypes.byref(speeds), ctypes.byref(loss))
        return loss.value

    def gradients(self, batch: Batch, reach: int | None = None) -> tuple[float, Tensors]:
        """Return the loss of a batch and its gradient; nothing moves."""
        keep: list[NDArray[Any]] = []
        source = self._batch_source(batch, reach, keep)
        found = {name: np.empty_like(tensor) for name, tensor in self._weights.items()}
        loss = ctypes.c_double()
        addresses = _addresses(found)
        self._library.gradients(self._handle, source, ctypes.byref(loss), addresses)
        return loss.value, found

    def losses(self, batch: Batch, reach: int | None = None) -> NDArray[np.float32]:
        """Return the loss of each target byte; see `TrainerCore`."""
        keep: list[NDArray[Any]] = []
        source = self._batch_source(batch, reach, keep)
        found = np.empty(batch.weights.shape, np.float32)
        self._library.losses(self._handle, source, found.ctypes.data)
        return found

    def times(self) -> dict[str, float]:
        """Return the processor time, in seconds, that each part of the steps has taken."""
        times = Times()
        self._library.times(self._handle, ctypes.byref(times))
        return {"forward": times.forward, "backward": times.backward, "optimizer": times.optimizer}

    def close(self) -> None:
        """Give threads and memory back. Views that `tensors` and `state` gave end here, too."""
        self._weights = {}
        self._found = []
        self._finalizer()

    def _tensor(self, i: int) -> Tensor:
        found = Tensor()
        self._library.tensor(self._handle, i, ctypes.byref(found))
        return found

    def _moments(self) -> State:
        found: State = {}
        for tensor in self._found:
            name = tensor.name.decode()
            found[f"first.{name}"] = _view(tensor.first, tensor)
            if tensor.second:
                found[f"second.{name}"] = _view(tensor.second, tensor)
        return found

    def _batch_source(self, batch: Batch, reach: int | None, keep: list[NDArray[Any]]) -> Any:
        each = self.shape.step_bytes
        windows, length = batch.data.shape
        steps = length // each - 1
        if length % each or steps < 1 or batch.weights.shape != (windows, steps * each):
            raise RunError(
                f"a batch of {batch.data.shape} bytes and {batch.weights.shape} weights does not "
                f"fit a model of {each} bytes a step"
            )
        context = self.shape.context
        return ctypes.byref(
            BatchSource(
                windows,
                steps,
                _address(batch.data, np.uint8, keep),
                _address(batch.weights, np.float32, keep),
                _address(batch.distilled, np.uint8, keep),
                context if reach is None else max(1, min(reach, context)),
            )
        )


def isa_names() -> list[str]:
    """Return the instruction sets that run here, fastest first.

    Raises:
        RunError: the library is not built.
    """
    return load_library().isa_names()


def product_rate(isa: str, rows: int, depth: int, columns: int, seconds: float) -> float:
    """Return the multiply-adds a second that one thread reaches in products alone."""
    rate = ctypes.c_double()
    load_library().product_rate(isa.encode(), rows, depth, columns, seconds, ctypes.byref(rate))
    return rate.value


def _check_threads(threads: int) -> None:
    most = os.cpu_count() or 1
    if not 1 <= threads <= most:
        raise RunError(
            f"threads is {threads}; this machine has {most} processors, give 1 to {most}"
        )


def _check_isa(isa: str) -> None:
    names = load_library().isa_names()
    if isa not in ("auto", "float32", *names):
        raise RunError(f"isa {isa!r} does not run here; these do: {', '.join(names)}")


def _shape_source(shape: Shape, keep: list[NDArray[Any]]) -> ShapeSource:
    embedding = byte_embedding(shape.width, 256 * shape.step_bytes)
    return ShapeSource(
        shape.step_bytes - 1,
        shape.width,
        shape.heads,
        shape.layers,
        shape.context,
        int(shape.mixing),
        len(shape.tables),
        _address(np.array([order for order, _ in shape.tables]), np.int32, keep),
        _address(np.array([rows for _, rows in shape.tables]), np.int32, keep),
        _address(embedding / np.float32(math.sqrt(shape.step_bytes)), np.float32, keep),
    )


def _address(array: NDArray[Any], dtype: Any, keep: list[NDArray[Any]]) -> int:
    keep.append(np.ascontiguousarray(array, dtype))
    return int(keep[-1].ctypes.data)


def _addresses(tensors: Tensors) -> Any:
    return (ctypes.c_void_p * len(tensors))(*(t.ctypes.data for t in tensors.values()))


def _view(pointer: Any, tensor: Tensor) -> NDArray[np.float32]:
    return np.ctypeslib.as_array(pointer, (tensor.rows, tensor.columns))


def _copy(into: State, given: State) -> None:
    if into.keys() != given.keys():
        odd = sorted(into.keys() ^ given.keys())
        raise RunError(f"the model's tensors differ from those given in {', '.join(odd)}")
    for name, array in into.items():
        if given[name].shape != array.shape:
            raise RunError(
                f"the tensor {name} is of shape {given[name].shape}, not {array.shape}; "
                "give the same sizes"
            )
    for name, array in into.items():
        array[...] = given[name]
