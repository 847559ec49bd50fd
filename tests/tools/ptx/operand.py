"""Reads the operands of an instruction."""

from __future__ import annotations

import re
from collections.abc import Callable

from tests.tools.ptx.source import (
    Address,
    Name,
    Not,
    Number,
    Operand,
    Pair,
    PtxError,
    Register,
    Vector,
)

INTEGER = re.compile(r"(-?)(0[xX][0-9a-fA-F]+|\d+)U?$")
FLOAT = re.compile(r"0([fF][0-9a-fA-F]{8}|[dD][0-9a-fA-F]{16})$")
ADDRESS = re.compile(r"\[\s*(?P<base>[^\s+\-\]]+)\s*(?:\+\s*(?P<offset>-?\w+))?\s*\]$")
WORD = re.compile(r"[%$\w.]+$")

FindRegister = Callable[[str], Register | None]


def parse_number(text: str, line: int) -> Number:
    """Read an integer, or a float of which PTX writes the bits."""
    if found := FLOAT.match(text):
        return Number(int(found[1][1:], 16), 32 if found[1][0] in "fF" else 64)
    found = INTEGER.match(text)
    # A zero in front means octal.
    if found is None or re.match(r"0\d", found[2]):
        raise PtxError(line, f"not a number: {text}")
    return Number(int(found[1] + found[2], 0))


def split(text: str) -> list[str]:
    """The parts between the commas that are in no bracket."""
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(text):
        if letter in "[{(":
            depth += 1
        elif letter in "]})":
            depth -= 1
        elif letter == "," and depth == 0:
            parts.append(text[start:at].strip())
            start = at + 1
    last = text[start:].strip()
    return [*parts, last] if parts or last else []


def parse_operand(text: str, line: int, find: FindRegister) -> Operand:
    """Read one operand; `find` knows the registers that are declared where it stands."""
    if text.startswith("{") and text.endswith("}"):
        return Vector(tuple(parse_operand(part, line, find) for part in split(text[1:-1])))
    if "|" in text:
        first, second = (parse_operand(part.strip(), line, find) for part in text.split("|"))
        return Pair(first, second)
    if text.startswith("!"):
        register = find(text[1:].strip())
        if register is None:
            raise PtxError(line, f"not a predicate: {text}")
        return Not(register)
    if text.startswith("["):
        return _parse_address(text, line, find)
    if (register := find(text)) is not None:
        return register
    if re.match(r"-?\d", text):
        return parse_number(text, line)
    if not WORD.match(text):
        raise PtxError(line, f"an operand is not understood: {text}")
    return Name(text)


def _parse_address(text: str, line: int, find: FindRegister) -> Address:
    found = ADDRESS.match(text)
    if found is None:
        raise PtxError(line, f"an address is not understood: {text}")
    offset = parse_number(found["offset"], line).value if found["offset"] else 0
    if re.match(r"\d", found["base"]):
        return Address(None, parse_number(found["base"], line).value + offset)
    register = find(found["base"])
    return Address(register if register is not None else Name(found["base"]), offset)
