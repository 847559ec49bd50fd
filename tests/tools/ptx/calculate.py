"""Instructions that compute something out of registers alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from tests.tools.ptx.source import BYTES, Pair, Register, Vector
from tests.tools.ptx.writer import Writer, cpp_type

ROUNDS = {"rn": "kNearest", "rz": "kZero", "rm": "kDown", "rp": "kUp"}
INT = "[us](?:16|32|64)"
BITS = "b(?:16|32|64)"
Write = Callable[[Writer, re.Match[str]], None]
COMPARE = {"eq": "==", "ne": "!=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}


@dataclass(frozen=True, slots=True)
class Rule:
    """One family: the whole opcode, the function in C++, the types of operands and of the result.

    `t` stands for the group <t> of the pattern, `w` for an integer of twice its width.
    """

    pattern: str
    function: str
    operands: str
    result: str = "t"


RULES = [
    Rule(rf"(?P<f>add|sub|min|max)\.(?P<t>{INT})", "{f}<{T}>", "t t"),
    Rule(r"(?P<f>neg|abs)\.(?P<t>s(?:16|32|64))", "{f}<{T}>", "t"),
    Rule(rf"mul\.(?P<f>lo|hi)\.(?P<t>{INT})", "mul_{f}<{T}>", "t t"),
    Rule(r"mul\.wide\.(?P<t>[us](?:16|32))", "mul_wide<{T}>", "t t", "w"),
    Rule(rf"mad\.lo\.(?P<t>{INT})", "mad_lo<{T}>", "t t t"),
    Rule(r"mad\.wide\.(?P<t>[us](?:16|32))", "mad_wide<{T}>", "t t w", "w"),
    Rule(rf"(?P<f>and|or|xor)\.(?P<t>{BITS}|pred)", "{f}_<{T}>", "t t"),
    Rule(rf"not\.(?P<t>{BITS}|pred)", "not_<{T}>", "t"),
    Rule(rf"shl\.(?P<t>{BITS})", "shl<{T}>", "t u32"),
    Rule(r"shr\.(?P<t>[usb](?:16|32|64))", "shr<{T}>", "t u32"),
    Rule(r"shf\.(?P<f>[lr])\.wrap\.(?P<t>b32)", "shf_{f}_wrap", "t t u32"),
    Rule(r"(?P<f>popc|clz)\.(?P<t>b32|b64)", "{f}", "t", "u32"),
    Rule(r"brev\.(?P<t>b32)", "brev", "t"),
    Rule(r"bfind\.(?P<t>[us](?:32|64))", "bfind<{T}>", "t", "u32"),
    Rule(r"bfind\.shiftamt\.(?P<t>[us](?:32|64))", "bfind_shiftamt<{T}>", "t", "u32"),
    Rule(r"prmt\.(?P<t>b32)", "prmt", "t t t"),
    Rule(r"lop3\.(?P<t>b32)", "lop3", "t t t t"),
    Rule(r"dp4a\.(?P<a>[us])32\.(?P<b>[us])32", "dp4a<{A}, {B}>", "u32 u32 u32", "u32"),
    Rule(r"(?P<f>add|sub|mul|div)\.(?P<r>r[nzmp])\.(?P<t>f32|f64)", "{f}_f<{R}, {T}>", "t t"),
    Rule(r"(?P<f>sqrt|rcp)\.(?P<r>r[nzmp])\.(?P<t>f32|f64)", "{f}_f<{R}, {T}>", "t"),
    Rule(r"(?P<f>fma)\.(?P<r>r[nzmp])\.(?P<t>f32|f64)", "fma_f<{R}, {T}>", "t t t"),
    Rule(r"rcp\.approx\.ftz\.(?P<t>f64)", "rcp_approx_ftz", "t"),
    Rule(r"(?P<f>neg|abs)\.(?P<t>f32|f64)", "{f}_f<{T}>", "t"),
    Rule(r"(?P<f>min|max)\.(?P<t>f32|f64)", "{f}_f<{T}>", "t t"),
]
"""Without .rn, ptxas would be free to fuse a product with a sum: such opcodes are not known."""


def calculate(w: Writer) -> bool:
    """Write an instruction of this file; False when it is none."""
    known = _find(w.instruction.opcode)
    if known is None:
        return False
    how, found = known
    if isinstance(how, Rule):
        _apply(w, how, found)
    else:
        how(w, found)
    return True


@cache
def _find(opcode: str) -> tuple[Rule | Write, re.Match[str]] | None:
    for rule in RULES:
        if found := re.fullmatch(rule.pattern, opcode):
            return rule, found
    for pattern, write in OTHERS.items():
        if found := re.fullmatch(pattern, opcode):
            return write, found
    return None


def _apply(w: Writer, rule: Rule, found: re.Match[str]) -> None:
    groups = found.groupdict()
    type_ = groups.get("t", "")
    wide = f"{type_[0]}{2 * int(type_[1:])}" if type_[1:].isdigit() else ""
    types = {"t": type_, "w": wide}
    names = {"f": groups.get("f", ""), "T": cpp_type(type_) if type_ else ""}
    names["R"] = f"Round::{ROUNDS[groups['r']]}" if "r" in groups else ""
    for name in ("a", "b"):
        names[name.upper()] = "int8_t" if groups.get(name) == "s" else "uint8_t"
    operands = rule.operands.split()
    w.expect(1 + len(operands))
    values = [w.read(w.operand(1 + i), types.get(of, of)) for i, of in enumerate(operands)]
    result = types.get(rule.result, rule.result)
    w.write(w.operand(0), result, f"{rule.function.format(**names)}({', '.join(values)})")


def _divide(w: Writer, found: re.Match[str]) -> None:
    """Division by zero and of the least number by -1 give what no two devices agree on."""
    w.expect(3)
    type_ = found["t"]
    a, b = w.read(w.operand(1), type_), w.read(w.operand(2), type_)
    bad = f"{b} == 0"
    if type_[0] == "s":
        least = f"std::numeric_limits<{cpp_type(type_)}>::min()"
        bad += f" || ({b} == -1 && {a} == {least})"
    w.add(f'if ({bad}) t.fail("a division without a result", {w.line()}); ')
    w.write(w.operand(0), type_, f"{a} {'/' if found['f'] == 'div' else '%'} {b}")


def _select(w: Writer, found: re.Match[str]) -> None:
    w.expect(4)
    type_ = found["t"]
    a, b = w.read(w.operand(1), type_), w.read(w.operand(2), type_)
    w.write(w.operand(0), type_, f"{w.read(w.operand(3), 'pred')} ? {a} : {b}")


def _compare(w: Writer, found: re.Match[str]) -> None:
    count = w.expect(3, 4)
    how, type_ = found["how"], found["t"]
    a, b = w.read(w.operand(1), type_), w.read(w.operand(2), type_)
    if type_[0] == "f":
        value = _compare_floats(w, how, a, b)
    elif type_[0] == "b" and how not in ("eq", "ne"):
        raise w.error()
    else:
        how = {"lo": "lt", "ls": "le", "hi": "gt", "hs": "ge"}.get(how, how)
        if how not in COMPARE or (found["how"] != how and type_[0] != "u"):
            raise w.error()
        value = f"{a} {COMPARE[how]} {b}"
    if (found["also"] is None) != (count == 3):
        raise w.error("the number of operands is not known")
    target = w.operand(0)
    first, second = (target.first, target.second) if isinstance(target, Pair) else (target, None)
    if found["also"] is None:
        w.add(f"{{ const bool yes = {value}; ")
        w.write(first, "pred", "yes")
        if second is not None:
            w.write(second, "pred", "!yes")
    else:
        join = {"and": "&", "or": "|", "xor": "^"}[found["also"]]
        other = w.read(w.operand(3), "pred")
        w.add(f"{{ const bool yes = {value}; const bool other = {other}; ")
        w.write(first, "pred", f"yes {join} other")
        if second is not None:
            w.write(second, "pred", f"!yes {join} other")
    w.add("} ")


def _compare_floats(w: Writer, how: str, a: str, b: str) -> str:
    if how in ("num", "nan"):
        return f"{'!' if how == 'num' else ''}unordered({a}, {b})"
    if how == "ne":
        return f"({a} != {b} && !unordered({a}, {b}))"
    if how in COMPARE:
        return f"{a} {COMPARE[how]} {b}"
    if how[:-1] in COMPARE and how[-1] == "u":
        return f"({a} {COMPARE[how[:-1]]} {b} || unordered({a}, {b}))"
    raise w.error()


def _convert(w: Writer, found: re.Match[str]) -> None:
    w.expect(2)
    to, of, round_ = found["to"], found["of"], found["r"]
    value = w.read(w.operand(1), of, narrow=True)
    target, source = cpp_type(to), cpp_type(of)
    how = f"Round::{ROUNDS['r' + round_[1]]}" if round_ else ""
    whole = round_ is not None and round_.endswith("i")
    floats = (to[0] == "f") + (of[0] == "f")
    if floats == 0 and not round_:
        result = f"{'saturate' if found['sat'] else 'convert'}<{target}, {source}>({value})"
    elif of[0] == "f" and to[0] != "f" and whole:
        result = f"to_int<{target}, {how}>({value})"
    elif of[0] != "f" and to[0] == "f" and round_ and not whole:
        result = f"from_int<{target}, {how}>({value})"
    elif floats == 2 and to == of and (whole or not round_):
        result = f"round_f<{how}>({value})" if whole else value
    elif (of, to) == ("f64", "f32") and round_ and not whole:
        result = f"narrow<{how}>({value})"
    elif (of, to) == ("f32", "f64") and not round_:
        result = f"widen({value})"
    else:
        raise w.error()
    if found["sat"] and to[0] == "f":
        result = f"sat({result})"
    w.write(w.operand(0), to, result)


def _move(w: Writer, found: re.Match[str]) -> None:
    """Between registers, from constants and addresses, into the parts of a register, and back."""
    w.expect(2)
    type_ = found["t"]
    to, of = w.operand(0), w.operand(1)
    if isinstance(of, Vector):
        part = f"b{8 * BYTES[type_] // len(of.parts)}"
        values = [
            f"{cpp_type(type_)}{{{w.read(operand, part)}}} << {i * int(part[1:])}"
            for i, operand in enumerate(w.vector(of, len(of.parts)))
        ]
        w.write(to, type_, " | ".join(values))
    elif isinstance(to, Vector):
        part = f"b{8 * BYTES[type_] // len(to.parts)}"
        w.add(f"{{ const {cpp_type(type_)} all = {w.read(of, type_)}; ")
        for i, operand in enumerate(to.parts):
            value = f"static_cast<{cpp_type(part)}>(all >> {i * int(part[1:])})"
            w.write(operand, part, value)
        w.add("} ")
    else:
        if isinstance(of, Register) and of.type != "pred" and BYTES[of.type] != BYTES[type_]:
            raise w.error("a register has another width")
        w.write(to, type_, w.read(of, type_))


TYPE = r"(?:[usb](?:8|16|32|64)|f32|f64)"
OTHERS = {
    rf"(?P<f>div|rem)\.(?P<t>{INT})": _divide,
    r"selp\.(?P<t>[usb](?:16|32|64)|f32|f64)": _select,
    r"setp\.(?P<how>[a-z]+)(?:\.(?P<also>and|or|xor))?\.(?P<t>[usb](?:16|32|64)|f32|f64)": _compare,
    rf"cvt(?:\.(?P<r>r[nzmp]i?))?(?P<sat>\.sat)?\.(?P<to>{TYPE})\.(?P<of>{TYPE})": _convert,
    r"mov\.(?P<t>[usb](?:16|32|64)|f32|f64|pred)": _move,
}
