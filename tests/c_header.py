"""A C header as a binding sees it, and the differences between the two."""

from __future__ import annotations

import ctypes
import re
from collections.abc import Iterable
from enum import IntEnum
from pathlib import Path
from types import ModuleType

from inference.backends.native_binding import Binding, CStruct

NUMBERS = {
    "int32_t": ctypes.c_int32,
    "int64_t": ctypes.c_int64,
    "uint64_t": ctypes.c_uint64,
    "size_t": ctypes.c_size_t,
    "double": ctypes.c_double,
}


class Header:
    """The enums, structs, functions and numbers that a header defines, without `const`."""

    def __init__(self, path: Path) -> None:
        text = re.sub(r"/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)
        self.numbers = {n: int(v) for n, v in re.findall(r"#define (\w+) (\d+)\n", text)}
        self.enums = {
            name: {key: int(value) for key, value in re.findall(r"(\w+) = (\d+)", body)}
            for body, name in re.findall(r"typedef enum \w+ \{(.*?)\} (\w+);", text, re.DOTALL)
        }
        self.structs = {
            name: [_declaration(field) for field in body.split(";")[:-1]]
            for body, name in re.findall(r"typedef struct \w+ \{(.*?)\} (\w+);", text, re.DOTALL)
        }
        self.functions = {
            name: (_type(result), [_declaration(part)[1] for part in parameters.split(",")])
            for result, name, parameters in re.findall(
                r"X[LT]_API ([\w* ]+?)(x[lt]_\w+)\(([^)]*)\);", text
            )
        }


def _type(text: str) -> str:
    return re.sub(r"\bconst\b|\s", "", text)


def _declaration(text: str) -> tuple[str, str]:
    found = re.fullmatch(r"(.*?)(\w+)", text.strip(), re.DOTALL)
    assert found, text
    return found[2], _type(found[1])


def function_differences(header: Header, binding: type[Binding]) -> list[str]:
    """Name the functions that are not the same in both."""
    bound = {
        f"{binding.PREFIX}{name}": (
            kind.C_RESULT,
            [parameter.c_type for parameter in kind.parameters(hints)] or [""],
        )
        for name, (kind, hints) in binding.functions().items()
    }
    return _differences(header.functions, bound)


def struct_differences(header: Header, module: ModuleType) -> list[str]:
    """Name the structs that are not the same in both."""
    bound = {struct.C_NAME: struct for struct in _of_kind(module, CStruct)}
    different = [
        name
        for name in header.structs.keys() & bound.keys()
        if not _same_fields(header.structs[name], bound[name])
    ]
    return sorted([*different, *(header.structs.keys() ^ bound.keys())])


def enum_differences(header: Header, module: ModuleType, prefix: str) -> list[str]:
    """Name the enums that are not the same in both; a docstring holds the name in C."""
    bound = {
        str(enum.__doc__).rstrip("."): {f"{prefix}{key.name}": key.value for key in enum}
        for enum in _of_kind(module, IntEnum)
    }
    return _differences({name: header.enums[name] for name in header.enums}, bound)


def _of_kind(module: ModuleType, kind: type) -> Iterable[type]:
    values = vars(module).values()
    return [v for v in values if isinstance(v, type) and issubclass(v, kind) and v is not kind]


def _differences(left: dict[str, object], right: dict[str, object]) -> list[str]:
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))


def _same_fields(declared: list[tuple[str, str]], struct: type[CStruct]) -> bool:
    fields = struct._fields_
    return [name for name, _ in declared] == [name for name, _ in fields] and all(
        _same_type(c_type, field[1]) for (_, c_type), field in zip(declared, fields, strict=True)
    )


def _same_type(c_type: str, type_: type) -> bool:
    if not c_type.endswith("*"):
        return type_ is NUMBERS.get(c_type) or getattr(type_, "C_NAME", None) == c_type
    if type_ in (ctypes.c_void_p, ctypes.c_char_p):
        return True  # an address
    pointee = type_._type_
    if pointee is ctypes.c_void_p:
        return c_type.endswith("**")
    return c_type == {ctypes.c_float: "float*"}.get(pointee, f"{getattr(pointee, 'C_NAME', '')}*")
