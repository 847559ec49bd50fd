"""Reads the body of a kernel: scopes, declarations, labels, instructions."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from tests.tools.ptx.operand import parse_operand, split
from tests.tools.ptx.source import (
    BYTES,
    Instruction,
    Kernel,
    Label,
    Name,
    PtxError,
    Register,
    Variable,
)

LABEL = re.compile(r"([A-Za-z_$%][\w$]*)\s*:(?!:)")
INSTRUCTION = re.compile(r"(?:@(!?)\s*([%$\w]+)\s+)?([a-z][\w.:]*)\s*(.*)$", re.DOTALL)
DECLARED = re.compile(r"([%$\w]+)(?:<(\d+)>)?$")
PRAGMA = re.compile(r'\.pragma\s+"(nounroll|used_bytes_mask \w+)"$')

ParseVariable = Callable[[str, int], Variable]


@dataclass(slots=True)
class Scope:
    """Registers and labels between two braces, seen from scopes inside, too."""

    number: int
    outer: Scope | None
    single: dict[str, str] = field(default_factory=dict)
    row: dict[str, tuple[int, str]] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)

    def find(self, name: str) -> Register | None:
        type_ = self.single.get(name)
        if type_ is None and (found := re.match(r"(.*?[^\d])(\d+)$", name)):
            count, row_type = self.row.get(found[1], (0, ""))
            type_ = row_type if int(found[2]) < count else None
        if type_ is not None:
            return Register(self.unique(name), type_)
        return self.outer.find(name) if self.outer else None

    def label(self, name: str) -> str | None:
        if name in self.labels:
            return "at" + self.unique(name)
        return self.outer.label(name) if self.outer else None

    def unique(self, name: str) -> str:
        return re.sub(r"\W", "_", name if name.startswith("%") else f"_{name}") + (
            f"_in{self.number}" if self.number else ""
        )


def parse_body(kernel: Kernel, text: str, at: int, parse_variable: ParseVariable) -> int:
    """Read what follows a kernel's first brace into `kernel`; returns where its last one ends."""
    reader = _Reader(kernel, parse_variable)
    line = text.count("\n", 0, at) + 1
    while reader.scope is not None:
        end = _statement_end(text, at)
        if end > len(text):
            raise PtxError(kernel.line, "the kernel does not end")
        statement = text[at:end]
        begin = line + statement[: len(statement) - len(statement.lstrip())].count("\n")
        reader.read(statement.strip(), begin)
        line += statement.count("\n")
        at = end
    reader.finish()
    return at


def _statement_end(text: str, at: int) -> int:
    """Past a brace or a label that comes first, or else past the next semicolon."""
    start = re.compile(r"\s*").match(text, at)
    first = start.end() if start else at
    if text[first : first + 1] in ("{", "}"):
        return first + 1
    if found := LABEL.match(text, first):
        return found.end()
    end = text.find(";", first)
    return len(text) + 1 if end < 0 else end + 1


class _Reader:
    """Takes one statement after the other."""

    def __init__(self, kernel: Kernel, parse_variable: ParseVariable) -> None:
        self.kernel = kernel
        self.parse_variable = parse_variable
        self.scope: Scope | None = Scope(0, None)
        self.scopes = 0
        self.last_label = ""
        # Labels may come after the branches that go there.
        self.inside: list[Scope] = []

    def read(self, text: str, line: int) -> None:
        scope = self.scope
        assert scope is not None
        if text == "{":
            self.scopes += 1
            self.scope = Scope(self.scopes, scope)
        elif text == "}":
            self.scope = scope.outer
        elif text.endswith(":"):
            self._label(scope, text[:-1].strip(), line)
        elif text.startswith(".branchtargets"):
            self.kernel.tables[self.last_label] = tuple(
                split(text.removeprefix(".branchtargets")[:-1])
            )
        elif text.startswith(".reg"):
            self._declare(scope, text[4:-1], line)
        elif text.startswith((".local", ".shared")):
            self.kernel.variables.append(self.parse_variable(text, line))
        elif not PRAGMA.match(text[:-1]):
            self.kernel.body.append(self._instruction(scope, text[:-1].strip(), line))
            self.inside.append(scope)

    def _label(self, scope: Scope, name: str, line: int) -> None:
        if name in scope.labels:
            raise PtxError(line, f"label {name} is there twice")
        scope.labels.add(name)
        self.last_label = name
        self.kernel.body.append(Label(f"at{scope.unique(name)}"))
        self.inside.append(scope)

    def _declare(self, scope: Scope, text: str, line: int) -> None:
        found = re.match(r"\s*\.(\w+)\s+(.*)$", text, re.DOTALL)
        if found is None or (found[1] not in BYTES and found[1] != "pred"):
            raise PtxError(line, f"registers are not understood: .reg{text}")
        for part in split(found[2]):
            declared = DECLARED.match(part)
            if declared is None:
                raise PtxError(line, f"registers are not understood: .reg{text}")
            if declared[2]:
                scope.row[declared[1]] = (int(declared[2]), found[1])
            else:
                scope.single[declared[1]] = found[1]

    def _instruction(self, scope: Scope, text: str, line: int) -> Instruction:
        found = INSTRUCTION.match(text)
        if found is None:
            raise PtxError(line, f"not understood: {text}")
        guard = scope.find(found[2]) if found[2] else None
        if found[2] and (guard is None or guard.type != "pred"):
            raise PtxError(line, f"not a predicate: {text}")
        try:
            operands = tuple(parse_operand(part, line, scope.find) for part in split(found[4]))
        except PtxError as error:
            raise PtxError(line, f"{error.what}: {text}") from error
        return Instruction(line, " ".join(text.split()), found[3], operands, guard, found[1] == "!")

    def finish(self) -> None:
        """Give branches the unique names of their labels."""
        everything = Scope(-1, None)
        for at, (item, scope) in enumerate(zip(self.kernel.body, self.inside, strict=True)):
            if isinstance(item, Instruction) and item.opcode in ("bra", "bra.uni"):
                self.kernel.body[at] = replace(item, operands=(Name(_target(item, scope)),))
            everything.labels |= scope.labels
        for name, labels in self.kernel.tables.items():
            missing = [label for label in labels if label not in everything.labels]
            if missing:
                raise PtxError(self.kernel.line, f"no label {missing[0]} of the list {name}")
            self.kernel.tables[name] = tuple(
                f"at{Scope(0, None).unique(label)}" for label in labels
            )


def _target(item: Instruction, scope: Scope) -> str:
    target = item.operands[0] if len(item.operands) == 1 else None
    label = scope.label(target.text) if isinstance(target, Name) else None
    if label is None:
        raise PtxError(item.line, f"no such label: {item.text}")
    return label
