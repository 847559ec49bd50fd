"""A C header as a binding sees it, and the differences between the two."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import IntEnum
from pathlib import Path
from types import ModuleType
from typing import Any

from inference.backends.native_binding import Binding, CStruct, c_name


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
    bound = {
        c_name(struct): [(name, field.c_type) for name, field in struct.fields()]
        for struct in _of_kind(module, CStruct)
    }
    return _differences(header.structs, bound)


def enum_differences(header: Header, module: ModuleType, prefix: str) -> list[str]:
    """Name the enums that are not the same in both; a docstring holds the name in C."""
    bound = {
        c_name(enum): {f"{prefix}{key.name}": key.value for key in enum}
        for enum in _of_kind(module, IntEnum)
    }
    return _differences(header.enums, bound)


def _of_kind(module: ModuleType, kind: type) -> list[Any]:
    values = vars(module).values()
    return [v for v in values if isinstance(v, type) and issubclass(v, kind) and v is not kind]


def _differences(left: Mapping[str, object], right: Mapping[str, object]) -> list[str]:
    return sorted(name for name in left.keys() | right.keys() if left.get(name) != right.get(name))
