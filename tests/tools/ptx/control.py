"""Branches, the end of a kernel, and what threads do together."""

from __future__ import annotations

import re

from tests.tools.ptx.source import Kernel, Name, Number, Pair
from tests.tools.ptx.writer import Writer


def control(w: Writer, kernel: Kernel) -> bool:
    """Write an instruction of this file; False when it is none."""
    opcode = w.instruction.opcode
    if opcode == "brx.idx":
        _branch_by_table(w, kernel)
        return True
    for pattern, write in PATTERNS.items():
        if found := re.fullmatch(pattern, opcode):
            write(w, found)
            return True
    return False


def _branch(w: Writer, found: re.Match[str]) -> None:
    w.expect(1)
    target = w.operand(0)
    assert isinstance(target, Name)
    w.statement.targets = (target.text,)
    w.statement.ends = True
    w.add(f"goto {target.text}; ")


def _branch_by_table(w: Writer, kernel: Kernel) -> None:
    w.expect(2)
    table = w.operand(1)
    targets = kernel.tables.get(table.text) if isinstance(table, Name) else None
    if targets is None:
        raise w.error("no such list of labels")
    w.statement.targets = targets
    w.statement.ends = True
    cases = " ".join(f"case {i}: goto {target};" for i, target in enumerate(targets))
    w.add(f"switch ({w.read(w.operand(0), 'u32')}) {{ {cases} }} ")
    w.add(f't.fail("outside of the list of labels", {w.line()}); ')


def _return(w: Writer, found: re.Match[str]) -> None:
    w.expect(0)
    w.statement.ends = True
    w.add("return; ")


def _trap(w: Writer, found: re.Match[str]) -> None:
    w.expect(0)
    w.statement.ends = True
    w.add(f't.fail("the kernel gives up", {w.line()}); ')


def _sync(w: Writer, found: re.Match[str]) -> None:
    w.expect(1)
    if w.operand(0) != Number(0):
        raise w.error("only barrier 0 of the whole block is known")
    w.add(f"t.sync({w.line()}); ")


def _sync_warp(w: Writer, found: re.Match[str]) -> None:
    w.expect(1)
    w.add(f"t.sync_warp({w.read(w.operand(0), 'u32')}, {w.line()}); ")


def _shuffle(w: Writer, found: re.Match[str]) -> None:
    """Lanes c >> 8 tells apart are one segment; which lane is out of reach, c says.

    Source: PTX ISA, "shfl.sync".
    """
    w.expect(5)
    value = w.read(w.operand(1), "b32")
    by, clamp, mask = (w.read(w.operand(i), "u32") for i in range(2, 5))
    how = found["how"]
    lane = {"bfly": "lane ^ b", "idx": "(lane & apart) | (b & ~apart)", "up": "lane - b",
            "down": "lane + b"}[how]  # fmt: skip
    last = "(lane & apart) | (clamp & ~apart)"
    inside = "from >= last" if how == "up" else "from <= last"
    w.add(
        f"{{ const int lane = t.lane(), b = static_cast<int>({by} & 31u); "
        f"const int clamp = static_cast<int>({clamp} & 31u); "
        f"[[maybe_unused]] const int apart = static_cast<int>({clamp} >> 8 & 31u); "
        f"const int from = {lane}, last = {last}; const bool inside = {inside}; "
        f"const uint32_t got = t.shuffle({value}, from, inside, {mask}, {w.line()}); "
    )
    target = w.operand(0)
    first, second = (target.first, target.second) if isinstance(target, Pair) else (target, None)
    w.write(first, "b32", "got")
    if second is not None:
        w.write(second, "pred", "inside")
    w.add("} ")


def _vote(w: Writer, found: re.Match[str]) -> None:
    w.expect(3)
    yes, mask = w.read(w.operand(1), "pred"), w.read(w.operand(2), "u32")
    votes = f"t.ballot({yes}, {mask}, {w.line()})"
    if found["how"] == "ballot.b32":
        w.write(w.operand(0), "b32", votes)
    else:
        test = "!= 0" if found["how"] == "any.pred" else "== 0xFFFFFFFFu"
        w.write(w.operand(0), "pred", f"{votes} {test}")


def _multiply(w: Writer, found: re.Match[str]) -> None:
    w.expect(4)
    left, right, sums = (
        ", ".join(w.read(part, "b32") for part in w.vector(w.operand(i), count))
        for i, count in ((1, 4), (2, 2), (3, 4))
    )
    w.add(f"{{ uint32_t sum[4] = {{{sums}}}; const uint32_t left[4] = {{{left}}}; ")
    w.add(f"const uint32_t right[2] = {{{right}}}; ")
    w.add(f"t.multiply(sum, left, right, {w.line()}); ")
    for i, target in enumerate(w.vector(w.operand(0), 4)):
        w.write(target, "b32", f"sum[{i}]")
    w.add("} ")


PATTERNS = {
    r"bra(?:\.uni)?": _branch,
    r"ret|exit": _return,
    r"trap": _trap,
    r"bar\.sync|barrier\.sync\.aligned": _sync,
    r"bar\.warp\.sync": _sync_warp,
    r"shfl\.sync\.(?P<how>bfly|idx|up|down)\.b32": _shuffle,
    r"vote\.sync\.(?P<how>ballot\.b32|any\.pred|all\.pred)": _vote,
    r"mma\.sync\.aligned\.m16n8k32\.row\.col\.s32\.s8\.s8\.s32": _multiply,
}
