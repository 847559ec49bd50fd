"""Writes small PTX kernels for the tests of the translator."""

from __future__ import annotations

import re

HEADER = """.version 9.0
.target sm_90
.address_size 64
.extern .shared .align 16 .b8 memory[];
"""
REGISTERS = """
    .reg .pred %p<9>;
    .reg .b16 %rs<9>;
    .reg .b32 %r<40>;
    .reg .b64 %rd<40>;
    .reg .f32 %f<9>;
    .reg .f64 %fd<9>;
"""
BYTES = {"8": 1, "16": 2, "32": 4, "64": 8}
NAMES = {"8": "%rs", "16": "%rs", "32": "%r", "64": "%rd", "f32": "%f", "f64": "%fd"}


def kernel(name: str, pointers: int, body: str) -> str:
    """A kernel of so many pointers, which it has in %rd0, %rd1, ..., and the thread in %r0.

    Each of its instructions comes to stand in a line of its own.
    """
    body = re.sub(r";[ \t]+", ";\n", body)
    parameters = ", ".join(f".param .u64 {name}_{i}" for i in range(pointers))
    loads = "\n".join(f"ld.param.u64 %rd{i}, [{name}_{i}];" for i in range(pointers))
    return (
        f".visible .entry {name}({parameters})\n{{{REGISTERS}"
        f"mov.u32 %r0, %tid.x;\n{loads}\n{body}\nret;\n}}\n"
    )


def register(type_: str, i: int) -> str:
    """The register number `i` of those for a type."""
    return f"{NAMES[type_ if type_ in NAMES else type_[1:]]}{i}"


def each(name: str, result: str, operands: list[str], instruction: str) -> str:
    """A kernel in which each thread computes out[i] = instruction(in1[i], in2[i], ...).

    `instruction` has the result as {d} and the operands as {a}, {b}, {c}.
    """
    # Of the registers in which `kernel` has something, none is among 5 to 8.
    names = {
        letter: register(type_, 5 + i) for i, (letter, type_) in enumerate(zip("abc", operands))
    }
    names["d"] = register(result, 8)
    lines = []
    for i, (letter, type_) in enumerate(zip("abc", operands)):
        lines += [
            f"mul.wide.u32 %rd30, %r0, {BYTES[type_[1:]]};",
            f"add.s64 %rd31, %rd{i + 1}, %rd30;",
            f"ld.global.{type_} {names[letter]}, [%rd31];",
        ]
    lines += [
        instruction.format(**names),
        f"mul.wide.u32 %rd30, %r0, {BYTES[result[1:]]};",
        "add.s64 %rd31, %rd0, %rd30;",
        f"st.global.{result} [%rd31], {names['d']};",
    ]
    return kernel(name, 1 + len(operands), "\n".join(lines))
