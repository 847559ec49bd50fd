"""Writes one instruction in C++, and notes which registers it reads and writes."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.tools.ptx.source import (
    BYTES,
    SINK,
    Address,
    Instruction,
    Kernel,
    Name,
    Not,
    Number,
    Operand,
    PtxError,
    Register,
    Variable,
    Vector,
)

SPECIAL = {
    "%tid.x": "t.tid", "%tid.y": "0u", "%tid.z": "0u",
    "%ntid.x": "t.threads", "%ntid.y": "1u", "%ntid.z": "1u",
    "%ctaid.x": "t.block", "%ctaid.y": "0u", "%ctaid.z": "0u",
    "%nctaid.x": "t.blocks", "%nctaid.y": "1u", "%nctaid.z": "1u",
    "%laneid": "t.tid % 32",
}  # fmt: skip
KINDS = {"u": "uint", "b": "uint", "s": "int"}


def cpp_type(type_: str) -> str:
    """The C++ type of an instruction's type."""
    if type_ in ("pred", "f32", "f64"):
        return {"pred": "bool", "f32": "float", "f64": "double"}[type_]
    return f"{KINDS[type_[0]]}{type_[1:]}_t"


@dataclass(slots=True)
class Places:
    """Addresses of a kernel's variables, as C++ expressions, by name."""

    addresses: dict[str, str]
    static_shared: int = 0
    local_bytes: int = 0

    @classmethod
    def of(cls, kernel: Kernel, shared: list[Variable]) -> Places:
        """Lay out a kernel's own variables and the shared ones of its module."""
        places = cls({})
        for name, offset in kernel.parameters.items():
            places.addresses[name] = f"(kParameterWindow + {offset})"
        # Dynamic shared memory comes last, so that its size need not be known.
        for variable in sorted(
            [*shared, *kernel.variables], key=lambda variable: variable.count is None
        ):
            if variable.align > 16:
                raise PtxError(variable.line, "more than 16 bytes of alignment are not promised")
            if variable.space == "shared":
                at = -(-places.static_shared // variable.align) * variable.align
                places.static_shared = at + variable.bytes
                places.addresses[variable.name] = f"(kSharedFirst + {at})"
            else:
                at = -(-places.local_bytes // variable.align) * variable.align
                places.local_bytes = at + variable.bytes
                places.addresses[variable.name] = f"(kLocalFirst + {at})"
        return places


@dataclass(slots=True)
class Statement:
    """An instruction in C++."""

    instruction: Instruction
    code: str = ""
    reads: set[Register] = field(default_factory=set)
    writes: set[Register] = field(default_factory=set)
    targets: tuple[str, ...] = ()
    """Labels that it may go to."""
    ends: bool = False
    """Whether what comes next is not reached from here, unless it has a guard."""
    can_fail: bool = False


class Writer:
    """Makes the statement of one instruction out of its operands."""

    def __init__(self, instruction: Instruction, places: Places, site: int) -> None:
        self.statement = Statement(instruction)
        self.places = places
        self.instruction = instruction
        self.site = site
        self.used_site = False
        if instruction.guard is not None:
            self.statement.reads.add(instruction.guard)

    def error(self, what: str = "not known") -> PtxError:
        return PtxError(self.instruction.line, f"{what}: {self.instruction.text}")

    def operand(self, i: int) -> Operand:
        if i >= len(self.instruction.operands):
            raise self.error("an operand is missing")
        return self.instruction.operands[i]

    def expect(self, *counts: int) -> int:
        """Return the number of operands, one of `counts`; any other is an error."""
        count = len(self.instruction.operands)
        if count not in counts:
            raise self.error("the number of operands is not known")
        return count

    def add(self, code: str) -> None:
        self.statement.code += code

    def line(self) -> str:
        """The line as an argument of what may stop the program."""
        self.statement.can_fail = True
        return str(self.instruction.line)

    def at_site(self) -> str:
        """The line, and the number of this access to the device's memory."""
        self.used_site = True
        return f"{self.line()}, {self.site}"

    def read(self, operand: Operand, type_: str, narrow: bool = False) -> str:
        """An expression of `type_`; with `narrow` a wider register gives its low bits."""
        if isinstance(operand, Not):
            if type_ != "pred":
                raise self.error("only predicates can be negated")
            return f"!{self.read(operand.of, type_)}"
        if isinstance(operand, Register):
            return self._read_register(operand, type_, narrow)
        if isinstance(operand, Number):
            return self._constant(operand, type_)
        if isinstance(operand, Name):
            return self._read_name(operand, type_)
        raise self.error("an operand is not understood")

    def _read_register(self, register: Register, type_: str, narrow: bool) -> str:
        self.statement.reads.add(register)
        if "pred" in (register.type, type_):
            if register.type != type_:
                raise self.error("a predicate is mixed with numbers")
            return register.name
        have, want = BYTES[register.type], BYTES[type_]
        value = register.name
        if register.type[0] == "f":
            if type_ == register.type:
                return value
            if have != want or type_[0] != "b":
                raise self.error(f"{value} has another type")
            return f"bits<{cpp_type(type_)}>({value})"
        if have != want and not (narrow and have > want):
            raise self.error(f"{value} has another width")
        if type_[0] == "f":
            return f"bits<{cpp_type(type_)}>({value})"
        if cpp_type(type_) == cpp_type(f"u{8 * have}"):
            return value
        return f"static_cast<{cpp_type(type_)}>({value})"

    def _constant(self, number: Number, type_: str) -> str:
        if type_ == "pred":
            if number.value not in (0, 1, -1):
                raise self.error("not a constant predicate")
            return "true" if number.value else "false"
        width = 8 * BYTES[type_]
        if number.bits not in (0, width) or (type_[0] == "f" and number.bits == 0):
            raise self.error("a constant has another type")
        if not -(1 << (width - 1)) <= number.value < 1 << width:
            raise self.error("a constant is too large")
        text = f"{number.value % (1 << width):#x}u{'ll' if width == 64 else ''}"
        if type_[0] == "f":
            return f"bits<{cpp_type(type_)}>({'uint64_t' if width == 64 else 'uint32_t'}{{{text}}})"
        return f"static_cast<{cpp_type(type_)}>({text})"

    def _read_name(self, name: Name, type_: str) -> str:
        width = BYTES.get(type_, 0)
        if name.text in SPECIAL and width == 4:
            return f"static_cast<{cpp_type(type_)}>({SPECIAL[name.text]})"
        address = self.places.addresses.get(name.text)
        if address is None or type_[0] == "f" or width < 4:
            raise self.error(f"{name.text} is not known")
        # A pointer of 32 bits is one of shared or local memory, where addresses are short.
        if width == 4 and not address.startswith(("(kShared", "(kLocal")):
            raise self.error(f"the address of {name.text} does not fit")
        return f"static_cast<{cpp_type(type_)}>({address})"

    def write(self, operand: Operand, type_: str, value: str) -> None:
        """Assign; a wider register gets the value extended as the type says."""
        if operand == SINK:
            self.add(f"(void)({value}); ")
            return
        if not isinstance(operand, Register):
            raise self.error("not a register")
        self.statement.writes.add(operand)
        register = cpp_type(operand.type)
        if (operand.type == "pred") != (type_ == "pred"):
            raise self.error("a predicate is mixed with numbers")
        if operand.type == type_ or type_ == "pred":
            self.add(f"{operand.name} = {value}; ")
        elif "f" in (operand.type[0], type_[0]):
            # Registers without a kind take everything, and instructions without one give it.
            if BYTES[operand.type] != BYTES[type_] or "b" not in (operand.type[0], type_[0]):
                raise self.error(f"{operand.name} has another type")
            self.add(f"{operand.name} = bits<{register}>({cpp_type(type_)}({value})); ")
        else:
            if BYTES[operand.type] < BYTES[type_]:
                raise self.error(f"{operand.name} has another width")
            self.add(f"{operand.name} = static_cast<{register}>({cpp_type(type_)}({value})); ")

    def vector(self, operand: Operand, count: int) -> tuple[Operand, ...]:
        """The parts of {a, b, ...}, of which there have to be so many."""
        if count == 1 and not isinstance(operand, Vector):
            return (operand,)
        if not isinstance(operand, Vector) or len(operand.parts) != count:
            raise self.error("a vector has another length")
        return operand.parts

    def address(self, operand: Operand) -> str:
        """The 64-bit sum of [base + offset]."""
        if not isinstance(operand, Address):
            raise self.error("not an address")
        base = "uint64_t{0}"
        if isinstance(operand.base, Name):
            base = self._read_name(operand.base, "u64")
        elif operand.base is not None:
            base = f"uint64_t{{{self.read(operand.base, f'u{8 * BYTES[operand.base.type]}')}}}"
        sign = "-" if operand.offset < 0 else "+"
        return base if operand.offset == 0 else f"{base} {sign} {abs(operand.offset)}u"
