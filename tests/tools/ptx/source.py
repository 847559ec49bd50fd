"""Parts of a PTX module once it is read: variables, kernels, instructions, operands.

Source of all syntax here: NVIDIA's PTX ISA, version 9.0.
"""

from __future__ import annotations

from dataclasses import dataclass, field

BYTES = {
    "b8": 1, "u8": 1, "s8": 1, "b16": 2, "u16": 2, "s16": 2, "b32": 4, "u32": 4, "s32": 4,
    "b64": 8, "u64": 8, "s64": 8, "f32": 4, "f64": 8,
}  # fmt: skip
"""How wide each type is that is understood here; predicates have no width."""


class PtxError(Exception):
    """Something that the translator does not know, with its line; nothing is ever guessed."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"PTX line {line}: {what}")
        self.line = line
        self.what = what


@dataclass(frozen=True, slots=True)
class Register:
    """A register: its name in C++, which no other scope has, and its type as declared."""

    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Number:
    """An immediate: an integer, or the bits of a float of `bits` bits."""

    value: int
    bits: int = 0


@dataclass(frozen=True, slots=True)
class Name:
    """A special register, a variable, a parameter or a label, each by its name."""

    text: str


@dataclass(frozen=True, slots=True)
class Address:
    """[base + offset]; without a base the offset is the address."""

    base: Register | Name | None
    offset: int


@dataclass(frozen=True, slots=True)
class Vector:
    """{a, b, ...}"""

    parts: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """a|b, two results."""

    first: Operand
    second: Operand


@dataclass(frozen=True, slots=True)
class Not:
    """!p"""

    of: Register


Operand = Register | Number | Name | Address | Vector | Pair | Not
SINK = Name("_")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: `@guard opcode operands;`, its text as it was read."""

    line: int
    text: str
    opcode: str
    operands: tuple[Operand, ...]
    guard: Register | None = None
    negated: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """Target of branches; scopes may use a name again, so that it is made unique."""

    name: str


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of a space; `count` is None for dynamic shared memory."""

    line: int
    space: str
    name: str
    type: str
    align: int
    count: int | None
    values: tuple[Number, ...] = ()

    @property
    def bytes(self) -> int:
        """Its size, 0 when that is known at the launch only."""
        return 0 if self.count is None else self.count * BYTES[self.type]


@dataclass(slots=True)
class Kernel:
    """One .entry."""

    line: int
    name: str
    parameters: dict[str, int] = field(default_factory=dict)
    """Offsets in bytes by name."""
    parameter_bytes: int = 0
    threads: int = 0
    """Of .maxntid, 0 without one."""
    body: list[Instruction | Label] = field(default_factory=list)
    variables: list[Variable] = field(default_factory=list)
    tables: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Branch targets by the name of their list."""


@dataclass(slots=True)
class Module:
    """One PTX file."""

    target: str = ""
    variables: list[Variable] = field(default_factory=list)
    kernels: list[Kernel] = field(default_factory=list)
