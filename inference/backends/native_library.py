"""The C++ library: structs as in `csrc/include/xinglin.h`, statuses as exceptions."""

from __future__ import annotations

import ctypes
import importlib.metadata
import sys
import weakref
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

import inference
from inference.automaton import Automaton
from inference.backends.base import Finish
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

ABI: Final = 5
CHUNK: Final = 32
"""Steps of prompts that are computed together."""

_SUFFIX: Final = ".dylib" if sys.platform == "darwin" else ".so"
LISTEN_S: Final = 0.2
"""Longest wait inside the library, so that Ctrl-C is heard."""

TIMEOUT: Final = 5
_ERRORS: Final[Mapping[int, type[EngineError]]] = {
    1: ConfigError,
    2: KernelError,
    3: BackendError,
    4: EngineClosed,
    6: BackendError,
    7: CheckpointError,
    8: ConfigError,
    9: KernelError,
    10: BackendError,
    11: BackendError,
    12: BackendError,
    13: BackendError,
    14: DeviceLost,
}
FINISHES: Final[Mapping[int, Finish]] = {1: "end", 2: "length", 3: "deadline", 4: "cancelled"}
STOPPED: Final = 5
FAILED: Final = 6
LOST: Final = 7

MATRICES: Final = ("a.u", "a.o", "b.x", "b.o", "c.u", "c.o")

_i32, _f64, _size, _u64 = ctypes.c_int32, ctypes.c_double, ctypes.c_size_t, ctypes.c_uint64
_pointer = ctypes.c_void_p


class Matrix(ctypes.Structure):
    """xl_matrix."""

    _fields_ = (("weight", _pointer), ("scale", _pointer))


class Block(ctypes.Structure):
    """xl_block."""

    _fields_ = (
        *((name.replace(".", "_"), Matrix) for name in MATRICES),
        ("b_pe", _pointer),
        ("b_mix", _pointer),
    )


class Ngrams(ctypes.Structure):
    """xl_ngrams."""

    _fields_ = (
        ("count", _i32),
        ("rows", _pointer),
        ("orders", _pointer),
        ("tables", ctypes.POINTER(_pointer)),
    )


class Second(ctypes.Structure):
    """xl_second."""

    _fields_ = (("embedding", _pointer), ("u", Matrix), ("o", Matrix), ("head", Matrix))


class ModelSource(ctypes.Structure):
    """xl_model_source."""

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


class Config(ctypes.Structure):
    """xl_engine_config."""

    _fields_ = (
        ("threads", _i32),
        ("max_batch", _i32),
        ("chunk", _i32),
        ("keep_bytes", _u64),
    )


class Sampling(ctypes.Structure):
    """xl_sampling."""

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


class Table(ctypes.Structure):
    """xl_automaton."""

    _fields_ = (("next", _pointer), ("states", _i32))

    @classmethod
    def of(cls, automaton: Automaton) -> Table:
        """Return the C form; the automaton must outlive it."""
        return cls(next=automaton.next.ctypes.data, states=len(automaton.next))


class Request(ctypes.Structure):
    """xl_request."""

    _fields_ = (
        ("prompt", ctypes.c_char_p),
        ("prompt_bytes", _size),
        ("sampling", Sampling),
        ("automaton", Table),
        ("max_bytes", _i32),
        ("deadline_s", _f64),
    )


class State(ctypes.Structure):
    """xl_sequence_state."""

    _fields_ = (
        ("bytes", _size),
        ("finish", _i32),
        ("prompt_bytes", _size),
        ("waiting_s", _f64),
        ("prefill_s", _f64),
        ("decode_s", _f64),
        ("surprise", _f64),
    )


class Stats(ctypes.Structure):
    """xl_engine_stats."""

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


_name = ctypes.c_char_p
_SIGNATURES: Final[Mapping[str, tuple[Any, ...]]] = {
    "xl_model_create": (_pointer, _name, _pointer),
    "xl_model_logits": (_pointer, _name, _size, _i32, _pointer),
    "xl_scorer_create": (_pointer, _pointer),
    "xl_scorer_feed": (_pointer, _name, _size, _pointer),
    "xl_coder_create": (_pointer, _i32, _pointer),
    "xl_coder_encode": (_pointer, _name, _size),
    "xl_coder_finish": (_pointer,),
    "xl_coder_take": (_pointer, _size, _pointer, _pointer),
    "xl_coder_load": (_pointer, _name, _size),
    "xl_coder_decode": (_pointer, _size, _pointer),
    "xl_engine_open": (_pointer, _pointer, _pointer),
    "xl_engine_stats_get": (_pointer, _pointer),
    "xl_engine_submit": (_pointer, _pointer, _pointer),
    "xl_sequence_wait": (_pointer, _size, _f64, _pointer),
    "xl_sequence_read": (_pointer, _size, _size, _pointer),
    "xl_sample": (
        *(_pointer, _pointer, _pointer, _i32, _name, _size, _u64),
        *(_pointer, _pointer),
    ),
    "xl_op_quantize": (_name, _pointer, _i32, _i32, _pointer, _pointer),
    "xl_op_linear": (_name, _pointer, _i32, _i32, _pointer, _i32, _pointer),
    "xl_op_group_norm": (_name, _pointer, _i32, _i32, _i32, _pointer),
    "xl_op_attention": (
        *(_name, _pointer, _pointer, _pointer, _pointer),
        *(_i32, _i32, _i32, _i32, _pointer),
    ),
    "xl_op_exp": (_name, _pointer, _i32, _pointer),
    "xl_op_frequencies": (_pointer, _pointer),
}
_VOID: Final = (
    "xl_model_release",
    "xl_scorer_release",
    "xl_coder_release",
    "xl_engine_close",
    "xl_engine_forget",
    "xl_engine_release",
    "xl_sequence_cancel",
    "xl_sequence_discard",
    "xl_sequence_release",
)


class Library:
    """The loaded shared library: every function of the header, errors as exceptions."""

    def __init__(self, path: Path) -> None:
        """Load and bind.

        Raises:
            BackendError: it does not load, or was built from another version of the header.
        """
        self.path = path
        try:
            self._library = ctypes.CDLL(str(path))
        except OSError as error:
            raise BackendError(f"{path} does not load ({error}); run `make build` again") from error
        found = self._library.xl_abi_version()
        if found != ABI:
            raise BackendError(f"{path} is of version {found}, not {ABI}; run `make build` again")
        for name, arguments in _SIGNATURES.items():
            function = getattr(self._library, name)
            function.argtypes, function.restype = arguments, _i32
        for name in _VOID:
            function = getattr(self._library, name)
            function.argtypes, function.restype = (_pointer,), None
        for name, arguments in (("xl_isa_name", (_i32,)), ("xl_model_isa", (_pointer,))):
            function = getattr(self._library, name)
            function.argtypes, function.restype = arguments, _name
        self._library.xl_status_text.restype = _name

    def status(self, name: str, *arguments: Any) -> int:
        """Call a function and return its status; arrays and structs go by address."""
        status: int = getattr(self._library, name)(*map(_by_address, arguments))
        return status

    def call(self, name: str, *arguments: Any) -> None:
        """Call a function that must succeed.

        Raises:
            EngineError: the status says that it did not; which class, says `_ERRORS`.
        """
        status = self.status(name, *arguments)
        if status:
            text = self._library.xl_status_text(status).decode()
            raise _ERRORS.get(status, KernelError)(f"{name}: {text}")

    def do(self, name: str, handle: Any) -> None:
        """Call a function that cannot fail."""
        getattr(self._library, name)(handle)

    def create(self, name: str, owner: object, release: str, *arguments: Any) -> ctypes.c_void_p:
        """Return a new handle, which `release` frees when `owner` goes."""
        handle = ctypes.c_void_p()
        self.call(name, *arguments, ctypes.byref(handle))
        # At exit the process frees it all; a thread may still wait inside.
        weakref.finalize(owner, self.do, release, handle).atexit = False
        return handle

    def coder_version(self) -> int:
        """Return the version of the coder's arithmetic."""
        version: int = self._library.xl_coder_version()
        return version

    def isa_names(self) -> list[str]:
        """Return the instruction sets that run here, best first."""
        found: list[str] = []
        while (name := self._library.xl_isa_name(len(found))) is not None:
            found.append(name.decode())
        return found

    def model_isa(self, model: ctypes.c_void_p) -> str:
        """Return the instruction set that a model is packed for."""
        name: bytes = self._library.xl_model_isa(model)
        return name.decode()


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


def _by_address(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.ctypes.data
    return (
        ctypes.byref(value)
        if isinstance(value, (ctypes.Structure, ctypes.c_int32, ctypes.c_size_t))
        else value
    )
