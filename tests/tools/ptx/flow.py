"""Registers that may be read before anything was written to them."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.tools.ptx.source import Label, PtxError, Register
from tests.tools.ptx.writer import Statement


@dataclass(slots=True)
class _Block:
    """Statements that run one after the other; registers are bits of integers."""

    statements: list[Statement] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    next: list[int] = field(default_factory=list)
    written: int = 0
    """What is surely written when it has run, beside what was before."""
    before: int = 0


def unsure(lines: list[Statement | Label]) -> set[Register]:
    """The registers of which some read is not, on every way there, behind a write.

    A write with a guard does not count, so that reads behind it are watched when the kernel runs.
    """
    registers: dict[Register, int] = {}
    for line in lines:
        if isinstance(line, Statement):
            for register in line.reads | line.writes:
                registers.setdefault(register, len(registers))
    blocks = _blocks(lines)
    for block in blocks:
        for statement in block.statements:
            if statement.instruction.guard is None:
                for register in statement.writes:
                    block.written |= 1 << registers[register]
    _spread(blocks, (1 << len(registers)) - 1)
    found = set()
    for block in blocks:
        written = block.before
        for statement in block.statements:
            found |= {
                register for register in statement.reads if not written >> registers[register] & 1
            }
            if statement.instruction.guard is None:
                for register in statement.writes:
                    written |= 1 << registers[register]
    return found


def _blocks(lines: list[Statement | Label]) -> list[_Block]:
    blocks = [_Block()]
    for line in lines:
        if isinstance(line, Label):
            if blocks[-1].statements:
                blocks.append(_Block())
            blocks[-1].labels.append(line.name)
        else:
            blocks[-1].statements.append(line)
            if line.targets or line.ends:
                blocks.append(_Block())
    where = {name: i for i, block in enumerate(blocks) for name in block.labels}
    for i, block in enumerate(blocks):
        last = block.statements[-1] if block.statements else None
        if last is not None:
            for target in last.targets:
                if target not in where:
                    raise PtxError(last.instruction.line, f"no such label: {target}")
                block.next.append(where[target])
        falls = last is None or not last.ends or last.instruction.guard is not None
        if falls and i + 1 < len(blocks):
            block.next.append(i + 1)
    return blocks


def _spread(blocks: list[_Block], everything: int) -> None:
    """Find what is surely written before each block: by whatever way it is reached."""
    for block in blocks[1:]:
        block.before = everything
    waiting = list(range(len(blocks)))
    while waiting:
        i = waiting.pop()
        after = blocks[i].before | blocks[i].written
        for target in blocks[i].next:
            before = blocks[target].before & after
            if before != blocks[target].before:
                blocks[target].before = before
                waiting.append(target)
