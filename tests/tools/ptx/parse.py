"""Reads PTX text into the classes of source.py: the module and its variables and kernels."""

from __future__ import annotations

import re

from tests.tools.ptx.body import parse_body
from tests.tools.ptx.operand import parse_number
from tests.tools.ptx.source import BYTES, Kernel, Module, PtxError, Variable

COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
HEADER = re.compile(r"\.version\s+[\d.]+|\.address_size\s+64|\.target\s+(?P<target>\w+)")
ENTRY = re.compile(
    r"(?:\.(?:visible|weak)\s+)?\.entry\s+(?P<name>[\w$]+)\s*"
    r"(?:\((?P<parameters>[^)]*)\))?\s*(?P<limits>[^{;]*)\{"
)
VARIABLE = re.compile(
    r"(?P<linkage>(?:\.(?:extern|visible|weak)\s+)*)\.(?P<space>shared|global|const|local)\s+"
    r"(?:\.align\s+(?P<align>\d+)\s+)?\.(?P<type>\w+)\s+(?P<name>[\w$]+)"
    r"(?P<array>\[\d*\])?\s*(?:=\s*(?P<values>[^;]*?))?\s*;"
)
PARAMETER = re.compile(
    r"\.param\s+(?:\.align\s+(?P<align>\d+)\s+)?\.(?P<type>\w+)\s+"
    r"(?:\.ptr(?:\s+\.(?:global|shared|const|local))?(?:\s+\.align\s+\d+)?\s+)?"
    r"(?P<name>[\w$]+)(?:\[(?P<count>\d+)\])?$"
)
LIMIT = re.compile(r"\.maxntid\s+(\d+)(?:\s*,\s*1)*(?=\s|$)|\.minnctapersm\s+\d+")


def parse(text: str) -> Module:
    """Read a PTX file.

    Raises:
        PtxError: something in it is not understood.
    """
    text = COMMENT.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)
    module = Module()
    at = 0
    while True:
        at += len(text[at:]) - len(text[at:].lstrip())
        if at == len(text):
            return module
        line = text.count("\n", 0, at) + 1
        if found := HEADER.match(text, at):
            module.target = found["target"] or module.target
            at = found.end()
        elif found := ENTRY.match(text, at):
            kernel = Kernel(line, found["name"])
            _parse_parameters(kernel, found["parameters"] or "")
            _parse_limits(kernel, found["limits"])
            at = parse_body(kernel, text, found.end(), parse_variable)
            module.kernels.append(kernel)
        elif found := VARIABLE.match(text, at):
            module.variables.append(parse_variable(found[0], line))
            at = found.end()
        else:
            raise PtxError(line, f"not understood: {text[at : at + 80].splitlines()[0]}")


def parse_variable(text: str, line: int) -> Variable:
    """Read `.space .align N .type name[count] = {...};`."""
    found = VARIABLE.fullmatch(text.strip())
    if found is None or found["type"] not in BYTES:
        raise PtxError(line, f"a variable is not understood: {text.strip()[:80]}")
    count: int | None = 1
    if found["array"]:
        count = int(found["array"][1:-1]) if found["array"] != "[]" else None
    if count is None and (found["space"] != "shared" or "extern" not in found["linkage"]):
        raise PtxError(line, f"only dynamic shared memory has no size: {text.strip()[:80]}")
    values = tuple(
        parse_number(part.strip(), line)
        for part in re.sub(r"[{}]", " ", found["values"] or "").split(",")
        if part.strip()
    )
    return Variable(
        line,
        found["space"],
        found["name"],
        found["type"],
        int(found["align"] or BYTES[found["type"]]),
        count,
        values,
    )


def _parse_parameters(kernel: Kernel, text: str) -> None:
    """Lay parameters out one after the other, each at its alignment."""
    for part in filter(None, (part.strip() for part in text.split(","))):
        found = PARAMETER.match(part)
        if found is None or found["type"] not in BYTES:
            raise PtxError(kernel.line, f"a parameter is not understood: {part}")
        width = BYTES[found["type"]]
        align = int(found["align"] or width)
        at = -(-kernel.parameter_bytes // align) * align
        kernel.parameters[found["name"]] = at
        kernel.parameter_bytes = at + width * int(found["count"] or 1)


def _parse_limits(kernel: Kernel, text: str) -> None:
    left = text
    for found in LIMIT.finditer(text):
        if found[1]:
            kernel.threads = int(found[1])
        left = left.replace(found[0], "", 1)
    if left.strip():
        raise PtxError(kernel.line, f"a limit of the kernel is not understood: {left.strip()}")
