"""Instructions that read and write memory, convert addresses, and copy asynchronously."""

from __future__ import annotations

import re

from tests.tools.ptx.source import BYTES, SINK, Number
from tests.tools.ptx.writer import Writer, cpp_type

# How long something stays in a cache, and that it is read only, changes no value.
CACHE = r"(?:\.(?:nc|ca|cg|cs|lu|L1::no_allocate|L1::evict_\w+|L2::\d+B|L2::evict_\w+))*"
STATE = r"(?:\.(?:volatile|weak))?"
TYPE = r"[usb](?:8|16|32|64)|f32|f64"
SPACE = r"(?:\.(?P<space>param|shared|shared::cta|global|local|const))?"
SHARED = r"\.shared(?:::cta)?"


def access(w: Writer) -> bool:
    """Write an instruction of this file; False when it is none."""
    for pattern, write in PATTERNS.items():
        if found := re.fullmatch(pattern, w.instruction.opcode):
            write(w, found)
            return True
    return False


def _place(w: Writer, space: str | None, address: str, size: int, write: bool) -> str:
    """The pointer that an access goes to."""
    if space in ("global", "const"):
        return f"t.global({address}, {size}, {w.at_site()})"
    if space is None:
        return f"t.generic({address}, {size}, {w.at_site()}, {str(write).lower()})"
    name = {"shared::cta": "shared", "param": "parameter"}.get(space, space)
    return f"t.{name}({address}, {size}, {w.line()})"


def _load(w: Writer, found: re.Match[str]) -> None:
    w.expect(2)
    type_, count = found["t"], int(found["n"] or 1)
    place = _place(w, found["space"], w.address(w.operand(1)), count * BYTES[type_], False)
    w.add(f"{{ const unsigned char* const from = {place}; ")
    for i, target in enumerate(w.vector(w.operand(0), count)):
        w.write(target, type_, f"load<{cpp_type(type_)}>(from, {i})")
    w.add("} ")


def _store(w: Writer, found: re.Match[str]) -> None:
    w.expect(2)
    type_, count = found["t"], int(found["n"] or 1)
    if found["space"] in ("param", "const"):
        raise w.error("nothing can be written there")
    place = _place(w, found["space"], w.address(w.operand(0)), count * BYTES[type_], True)
    w.add(f"{{ unsigned char* const to = {place}; ")
    for i, operand in enumerate(w.vector(w.operand(1), count)):
        value = w.read(operand, type_, narrow=True)
        w.add(f"store<{cpp_type(type_)}>(to, {i}, {value}); ")
    w.add("} ")


def _convert_address(w: Writer, found: re.Match[str]) -> None:
    """Generic addresses of global memory, constants and parameters are their own."""
    w.expect(2)
    window = {"shared": "kSharedWindow", "local": "kLocalWindow"}.get(found["space"], "0")
    value = w.read(w.operand(1), "u64")
    w.write(w.operand(0), "u64", f"{value} {'-' if found['to'] else '+'} {window}")


def _copy(w: Writer, found: re.Match[str]) -> None:
    w.expect(3)
    size = w.operand(2)
    allowed = (16,) if found["how"] == "cg" else (4, 8, 16)
    if not isinstance(size, Number) or size.value not in allowed:
        raise w.error("not so many bytes")
    to, of = w.address(w.operand(0)), w.address(w.operand(1))
    w.add(f"t.copy({to}, {of}, {size.value}, {w.at_site()}); ")


def _commit(w: Writer, found: re.Match[str]) -> None:
    w.expect(0)
    w.add("t.commit_group(); ")


def _wait(w: Writer, found: re.Match[str]) -> None:
    w.expect(1)
    most = w.operand(0)
    if not isinstance(most, Number) or most.value < 0:
        raise w.error("not a number of groups")
    w.add(f"t.wait_group({most.value}); ")


def _wait_all(w: Writer, found: re.Match[str]) -> None:
    w.expect(0)
    w.add("t.wait_all(); ")


def _copy_bulk(w: Writer, found: re.Match[str]) -> None:
    w.expect(4)
    to, of = w.address(w.operand(0)), w.address(w.operand(1))
    size, barrier = w.read(w.operand(2), "u32"), w.address(w.operand(3))
    w.add(f"t.copy_bulk({to}, {of}, {size}, {barrier}, {w.at_site()}); ")


def _init(w: Writer, found: re.Match[str]) -> None:
    w.expect(2)
    count = w.read(w.operand(1), "u32")
    w.add(f"t.init_mbarrier({w.address(w.operand(0))}, {count}, {w.line()}); ")


def _arrive(w: Writer, found: re.Match[str]) -> None:
    w.expect(3 if found["expect"] else 2)
    size = w.read(w.operand(2), "u32") if found["expect"] else "0"
    value = f"t.arrive({w.address(w.operand(1))}, {size}, {w.line()})"
    # A state is opaque, and nothing is known here that takes one.
    if w.operand(0) != SINK:
        raise w.error("a barrier's state is not understood")
    w.write(SINK, "u64", value)


def _try_wait(w: Writer, found: re.Match[str]) -> None:
    w.expect(3, 4)
    parity = w.read(w.operand(2), "u32")
    value = f"t.try_wait({w.address(w.operand(1))}, {parity}, {w.line()})"
    if len(w.instruction.operands) == 4:
        w.read(w.operand(3), "u32")  # how long it may wait: a hint
    w.write(w.operand(0), "pred", value)


def _fence(w: Writer, found: re.Match[str]) -> None:
    w.expect(0)
    w.add("t.fence(); ")


PATTERNS = {
    rf"ld{STATE}{SPACE}{CACHE}(?:\.v(?P<n>2|4))?\.(?P<t>{TYPE})": _load,
    rf"st{STATE}{SPACE}{CACHE}(?:\.v(?P<n>2|4))?\.(?P<t>{TYPE})": _store,
    r"cvta(?P<to>\.to)?\.(?P<space>shared|global|local|const|param)\.u64": _convert_address,
    rf"cp\.async\.(?P<how>cg|ca){SHARED}\.global(?:\.L2::\d+B)?": _copy,
    r"cp\.async\.commit_group": _commit,
    r"cp\.async\.wait_group": _wait,
    r"cp\.async\.wait_all": _wait_all,
    r"cp\.async\.bulk\.shared::(?:cluster|cta)\.global\.mbarrier::complete_tx::bytes": _copy_bulk,
    rf"mbarrier\.init{SHARED}\.b64": _init,
    rf"mbarrier\.arrive(?P<expect>\.expect_tx)?(?:\.release\.cta)?{SHARED}\.b64": _arrive,
    rf"mbarrier\.try_wait\.parity(?:\.acquire\.cta)?{SHARED}\.b64": _try_wait,
    r"fence\.mbarrier_init\.release\.cluster|fence\.proxy\.async(?:\.shared::cta)?": _fence,
}
