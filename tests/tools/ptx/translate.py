"""Translates the PTX that nvcc makes into C++ that runs without a GPU.

A kernel becomes a function that one thread runs: its registers are local variables, its labels and
branches are C++'s own, and a predicate is an `if`. What threads do together, and every access to
memory, are calls of csrc/machine.h, which checks what the hardware asks for. An instruction that is
not known, or one of its forms that is not, stops the translation.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass

from tests.tools.ptx.access import access
from tests.tools.ptx.calculate import calculate
from tests.tools.ptx.control import control
from tests.tools.ptx.flow import unsure
from tests.tools.ptx.parse import parse
from tests.tools.ptx.source import BYTES, Kernel, Label, Number, PtxError, Register, Variable
from tests.tools.ptx.writer import Places, Statement, Writer, cpp_type

HEAD = """#include "floats.h"
#include "machine.h"

namespace xinglin::ptx {{
{body}
}}  // namespace xinglin::ptx
"""

MEETING = ("bar.", "barrier.", "shfl.", "vote.", "mma.")
FILE_LETTERS = 100_000
"""When a file is long enough for the next kernel to go into another."""


@dataclass(frozen=True, slots=True)
class Translated:
    """A kernel in C++ and what its launch has to know."""

    name: str
    threads: int
    parameter_bytes: int
    static_shared: int
    local_bytes: int
    sites: int
    sources: dict[int, str]
    code: str


def translate(text: str) -> dict[str, str]:
    """Translate a PTX file.

    Args:
        text: PTX with kernels and variables, without functions.

    Returns:
        C++ sources by file name: one for each large kernel, and module.cpp.

    Raises:
        PtxError: an instruction or declaration is not known; the message has its line and text.
    """
    module = parse(text)
    shared = [variable for variable in module.variables if variable.space == "shared"]
    tables = [variable for variable in module.variables if variable.space != "shared"]
    declared = "".join(_declare_table(table) for table in tables)
    kernels = [_translate_kernel(kernel, shared, tables) for kernel in module.kernels]
    files = {"module.cpp": HEAD.format(body=_module(module.target, kernels, tables))}
    body = declared
    for i, kernel in enumerate(kernels):
        body += f"\nvoid kernel_{i}(Thread& t) {{\n{kernel.code}}}\n"
        if len(body) > FILE_LETTERS or i == len(kernels) - 1:
            files[f"kernel_{i}.cpp"] = HEAD.format(body=body)
            body = declared
    return files


def _translate_kernel(kernel: Kernel, shared: list[Variable], tables: list[Variable]) -> Translated:
    places = Places.of(kernel, shared)
    for table in tables:
        places.addresses[table.name] = f"reinterpret_cast<uint64_t>({_table_name(table)})"
    lines: list[Statement | Label] = []
    meetings: set[int] = set()
    sites = 0
    for item in kernel.body:
        if isinstance(item, Label):
            lines.append(item)
            continue
        writer = Writer(item, places, sites)
        if not (calculate(writer) or access(writer) or control(writer, kernel)):
            raise PtxError(item.line, f"not known: {item.text}")
        if item.opcode.startswith(MEETING):
            if item.line in meetings:
                raise PtxError(item.line, f"threads meet twice in one line: {item.text}")
            meetings.add(item.line)
        sites += writer.used_site
        lines.append(writer.statement)
    watched = unsure(lines)
    written = [_written(line, watched) for line in lines]
    return Translated(
        kernel.name,
        kernel.threads,
        kernel.parameter_bytes,
        places.static_shared,
        places.local_bytes,
        sites,
        {
            line.instruction.line: line.instruction.text
            for line in lines
            if isinstance(line, Statement) and (line.can_fail or line.reads & watched)
        },
        _declarations(lines, watched) + "\n".join(written) + "\n",
    )


def _declarations(lines: list[Statement | Label], watched: set[Register]) -> str:
    """All registers on top, so that no branch jumps over one."""
    names: dict[str, set[str]] = defaultdict(set)
    for line in lines:
        if isinstance(line, Statement):
            for register in line.reads | line.writes:
                # What nobody reads before a write needs no value; the others get a strange one.
                strange = " = {}" if register in watched else ""
                names[cpp_type(register.type)].add(register.name + strange)
    flags = sorted(f"set{register.name} = false" for register in watched)
    text = "".join(
        f"  [[maybe_unused]] {type_} {', '.join(sorted(each))};\n" for type_, each in names.items()
    )
    return text + (f"  bool {', '.join(flags)};\n" if flags else "")


def _written(line: Statement | Label, watched: set[Register]) -> str:
    if isinstance(line, Label):
        return f"{line.name}: __attribute__((unused));"
    checks = "".join(
        f'if (!set{register.name}) t.fail("{register.name} is read and was never written", '
        f"{line.instruction.line}); "
        for register in sorted(line.reads & watched, key=lambda register: register.name)
        if register != line.instruction.guard
    )
    code = checks + line.code
    code += "".join(f"set{register.name} = true; " for register in line.writes & watched)
    guard = line.instruction.guard
    if guard is None:
        return f"  {code}"
    first = ""
    if guard in watched:
        first = f'if (!set{guard.name}) t.fail("{guard.name} was never written", '
        first += f"{line.instruction.line}); "
    return f"  {first}if ({'!' if line.instruction.negated else ''}{guard.name}) {{ {code}}}"


def _table_name(table: Variable) -> str:
    return "table_" + re.sub(r"\W", "_", table.name)


def _declare_table(table: Variable) -> str:
    return f"extern {cpp_type(table.type)} {_table_name(table)}[{table.count}];\n"


def _define_table(table: Variable) -> str:
    """Values that are left out are zero; where more were given than fit, nothing is guessed."""
    assert table.count is not None
    values = table.values
    if len(values) > table.count or any(
        (number.bits > 0) != (table.type[0] == "f") for number in values
    ):
        raise PtxError(table.line, f"the values of {table.name} are not understood")
    width = 8 * BYTES[table.type]
    parts = ", ".join(_constant(number, width, table.type) for number in values)
    return (
        f"alignas({max(table.align, BYTES[table.type])}) {cpp_type(table.type)} "
        f"{_table_name(table)}[{table.count}] = {{{parts}}};\n"
    )


def _constant(number: Number, width: int, type_: str) -> str:
    text = f"{number.value % (1 << width):#x}u{'ll' if width == 64 else ''}"
    if type_[0] == "f":
        return f"bits<{cpp_type(type_)}>(uint{width}_t{{{text}}})"
    return f"static_cast<{cpp_type(type_)}>({text})"


def _module(target: str, kernels: list[Translated], tables: list[Variable]) -> str:
    text = "".join(f"void kernel_{i}(Thread& t);\n" for i in range(len(kernels)))
    text += "".join(map(_declare_table, tables)) + "".join(map(_define_table, tables))
    entries = []
    for i, kernel in enumerate(kernels):
        lines = "".join(
            f"    {{{line}, {_quoted(source)}}},\n"
            for line, source in sorted(kernel.sources.items())
        )
        text += f"static const Source sources_{i}[] = {{\n{lines}    {{0, nullptr}},\n}};\n"
        entries.append(
            f"      {{{_quoted(kernel.name)}, {kernel.threads}, {kernel.parameter_bytes}, "
            f"{kernel.static_shared}, {kernel.local_bytes}, {kernel.sites}, kernel_{i}, "
            f"sources_{i}, {len(kernel.sources)}}},\n"
        )
    ranges = "".join(f"{{{_table_name(t)}, sizeof {_table_name(t)}}}, " for t in tables)
    return (
        f"{text}const Module& module() {{\n  static const Module all = {{\n"
        f"      {_quoted(target)},\n      {{\n{''.join(entries)}      }},\n      {{{ranges}}}}};\n"
        "  return all;\n}\n"
    )


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
