"""Functions of a shared library as typed attributes, declared by annotations.

    class Clock(Binding):
        PREFIX = "ck_"
        clock_open: Makes[Name, ClockHandle]          # ck_clock_open(const char*, ck_clock**)
        clock_wait: Checked[ClockHandle, Float64]     # ck_clock_wait(ck_clock*, double)
        clock_release: Plain[ClockHandle]             # ck_clock_release(ck_clock*)

An annotation says what Python passes, for the type checker, and what C takes: the arguments of a
call are converted and checked by it. A test compares the annotations with the C header.
"""

from __future__ import annotations

import ctypes
import weakref
from pathlib import Path
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Generic,
    NoReturn,
    TypeVar,
    TypeVarTuple,
    get_args,
    get_origin,
    get_type_hints,
)

import numpy as np
from numpy.typing import NDArray

Ts = TypeVarTuple("Ts")
H = TypeVar("H", bound="CHandle")
S = TypeVar("S", bound="CStruct")


class CStruct(ctypes.Structure):
    """A struct of the header; its docstring is its name there."""

    @classmethod
    def fields(cls) -> list[tuple[str, Parameter]]:
        """Return the name and type of each field."""
        hints = get_type_hints(cls, include_extras=True)
        return [(name, _field(hint)) for name, hint in hints.items() if name[0] != "_"]


def c_struct(struct: type[S]) -> type[S]:
    """Give a struct the fields that it is annotated with."""
    struct._fields_ = [(name, field.converter) for name, field in struct.fields()]
    return struct


class CHandle(ctypes.c_void_p):
    """A pointer to an opaque struct of the header; its docstring is the struct's name there."""


def c_name(type_: type) -> str:
    """Return the name in the header of a struct, handle or enum."""
    return str(type_.__doc__).rstrip(".")


class Parameter:
    """Parameter of a C function: its type in the header without `const`, and its converter."""

    def __init__(self, c_type: str, converter: Any) -> None:
        self.c_type, self.converter = c_type, converter


class _Array(Parameter):
    """A contiguous array of one dtype, or None for a null pointer."""

    def __init__(self, c_type: str, dtype: type[np.generic]) -> None:
        super().__init__(c_type, self)
        self._dtype = np.dtype(dtype)

    def from_param(self, value: NDArray[Any] | None) -> ctypes.c_void_p | None:
        if value is None:
            return None
        if value.dtype != self._dtype or not value.flags.c_contiguous:
            raise TypeError(f"the array must be contiguous {self._dtype}; it is {value.dtype}")
        return ctypes.c_void_p(value.ctypes.data)


def _out(c_type: str, type_: Any) -> Parameter:
    return Parameter(f"{c_type}*", ctypes.POINTER(type_))


Int32 = Annotated[int, Parameter("int32_t", ctypes.c_int32)]
Int64 = Annotated[int, Parameter("int64_t", ctypes.c_int64)]
UInt64 = Annotated[int, Parameter("uint64_t", ctypes.c_uint64)]
Size = Annotated[int, Parameter("size_t", ctypes.c_size_t)]
Float64 = Annotated[float, Parameter("double", ctypes.c_double)]
Name = Annotated[bytes, Parameter("char*", ctypes.c_char_p)]
Data = Annotated[bytes, Parameter("uint8_t*", ctypes.c_char_p)]
Int8s = Annotated[NDArray[np.int8], _Array("int8_t*", np.int8)]
UInt8s = Annotated[NDArray[np.uint8], _Array("uint8_t*", np.uint8)]
UInt32s = Annotated[NDArray[np.uint32], _Array("uint32_t*", np.uint32)]
Floats = Annotated[NDArray[np.float32], _Array("float*", np.float32)]
Doubles = Annotated[NDArray[np.float64] | None, _Array("double*", np.float64)]
Addresses = Annotated[ctypes.Array[Any], Parameter("float**", ctypes.POINTER(ctypes.c_void_p))]
Int8Address = Annotated[int, Parameter("int8_t*", ctypes.c_void_p)]
UInt8Address = Annotated[int, Parameter("uint8_t*", ctypes.c_void_p)]
Int32Address = Annotated[int, Parameter("int32_t*", ctypes.c_void_p)]
FloatAddress = Annotated[int | None, Parameter("float*", ctypes.c_void_p)]
FloatView = Annotated[Any, Parameter("float*", ctypes.POINTER(ctypes.c_float))]
OutInt32 = Annotated[ctypes.c_int32, _out("int32_t", ctypes.c_int32)]
OutInt64 = Annotated[ctypes.c_int64, _out("int64_t", ctypes.c_int64)]
OutSize = Annotated[ctypes.c_size_t, _out("size_t", ctypes.c_size_t)]
OutFloat64 = Annotated[ctypes.c_double, _out("double", ctypes.c_double)]


def _field(hint: Any) -> Parameter:
    if get_origin(hint) is Annotated:
        parameter: Parameter = get_args(hint)[1]
        return parameter
    return Parameter(c_name(hint), hint)


def _parameter(hint: Any) -> Parameter:
    if get_origin(hint) is Annotated:
        return _field(hint)
    converter = hint if issubclass(hint, CHandle) else ctypes.POINTER(hint)
    return Parameter(f"{c_name(hint)}*", converter)


class Function(Generic[*Ts]):
    """A function of a library, and what it takes."""

    C_RESULT: ClassVar[str]
    RESULT: ClassVar[Any]

    def __init__(self, binding: Binding, function: Any, hints: tuple[Any, ...]) -> None:
        self._binding, self._function = binding, function
        function.argtypes = [parameter.converter for parameter in self.parameters(hints)]
        function.restype = self.RESULT

    @classmethod
    def parameters(cls, hints: tuple[Any, ...]) -> list[Parameter]:
        """Return what C takes by the arguments of the annotation."""
        return [_parameter(hint) for hint in hints]


class Plain(Function[*Ts]):
    """Returns nothing, and cannot fail."""

    C_RESULT, RESULT = "void", None

    def __call__(self, *arguments: *Ts) -> None:
        """Call it."""
        self._function(*arguments)


class Value(Function[*Ts]):
    """Returns a number: a version, or a status that need not be a failure."""

    C_RESULT, RESULT = "int32_t", ctypes.c_int32

    def __call__(self, *arguments: *Ts) -> int:
        """Call it."""
        value: int = self._function(*arguments)
        return value


class Text(Function[*Ts]):
    """Returns a text, or None."""

    C_RESULT, RESULT = "char*", ctypes.c_char_p

    def __call__(self, *arguments: *Ts) -> str | None:
        """Call it."""
        text: bytes | None = self._function(*arguments)
        return None if text is None else text.decode()


class Checked(Function[*Ts]):
    """Returns a status; one that is not 0 is raised as the binding's exception for it."""

    C_RESULT, RESULT = "int32_t", ctypes.c_int32

    def __call__(self, *arguments: *Ts) -> None:
        """Call it."""
        status = self._function(*arguments)
        if status:
            self._binding.fail(self._function.__name__, status)


class Makes(Function[*Ts, H]):
    """Returns a status and by its last parameter a handle, which is what a call returns."""

    C_RESULT, RESULT = "int32_t", ctypes.c_int32

    def __init__(self, binding: Binding, function: Any, hints: tuple[Any, ...]) -> None:
        super().__init__(binding, function, hints)
        self._handle: type[H] = hints[-1]

    @classmethod
    def parameters(cls, hints: tuple[Any, ...]) -> list[Parameter]:
        """Return what C takes; the last is where it puts the handle."""
        return [*super().parameters(hints[:-1]), _out(f"{c_name(hints[-1])}*", hints[-1])]

    def __call__(self, *arguments: *Ts) -> H:
        """Call it; `Binding.own` sees to the handle's release."""
        handle = self._handle()
        status = self._function(*arguments, handle)
        if status:
            self._binding.fail(self._function.__name__, status)
        return handle


class Binding:
    """A loaded library, its functions as annotated."""

    PREFIX: ClassVar[str]
    ABI: ClassVar[int]
    ERROR: ClassVar[type[Exception]]

    def __init__(self, path: Path) -> None:
        """Load and bind.

        Raises:
            ERROR: it does not load, or was built from another version of the header.
        """
        self.path: Final = path
        try:
            library = ctypes.CDLL(str(path))
        except OSError as error:
            raise self.ERROR(f"{path} does not load ({error}); run `make build` again") from error
        version = library[f"{self.PREFIX}abi_version"]()
        if version != self.ABI:
            raise self.ERROR(
                f"{path} is of version {version}, not {self.ABI}; run `make build` again"
            )
        for name, (kind, hints) in self.functions().items():
            setattr(self, name, kind(self, library[f"{self.PREFIX}{name}"], hints))

    @classmethod
    def functions(cls) -> dict[str, tuple[type[Function[*tuple[Any, ...]]], tuple[Any, ...]]]:
        """Return the kind of each function, and the arguments of its annotation."""
        hints = get_type_hints(cls, include_extras=True)
        origins = {name: (get_origin(hint), get_args(hint)) for name, hint in hints.items()}
        return {
            name: (kind, arguments)
            for name, (kind, arguments) in origins.items()
            if isinstance(kind, type) and issubclass(kind, Function)
        }

    def fail(self, function: str, status: int) -> NoReturn:
        """Raise the exception for a status that is not 0."""
        raise NotImplementedError

    def own(self, owner: object, handle: H, release: Plain[H]) -> H:
        """Return the handle, to be released when `owner` goes."""
        # At exit the process frees it all; a thread may still wait inside.
        weakref.finalize(owner, release, handle).atexit = False
        return handle

    def texts(self, function: Text[Int32]) -> list[str]:
        """Return what a function gives for 0, 1, and so on."""
        texts: list[str] = []
        while (text := function(len(texts))) is not None:
            texts.append(text)
        return texts
