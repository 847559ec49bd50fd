"""The translator's refusals, and what it knows of registers before anything runs."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.tools.ptx.harness import Kernels
from tests.tools.ptx.source import PtxError
from tests.tools.ptx.text import HEADER, kernel
from tests.tools.ptx.translate import translate

TEXT = HEADER + "".join(
    kernel(name, 1, body)
    for name, body in {
        "half_written": """
            setp.eq.u32 %p0, %r0, 7;
            @%p0 bra skip;
            mov.u32 %r1, 5;
            skip:
            st.global.u32 [%rd0], %r1;""",
        "guarded": """
            setp.lt.u32 %p0, %r0, 64;
            @%p0 mov.u32 %r1, 5;
            @!%p0 mov.u32 %r1, 6;
            st.global.u32 [%rd0], %r1;""",
        "never": "st.global.u32 [%rd0], %r1;",
        "scopes": """
            mov.u32 %r1, 0;
            {
                .reg .pred done;
                .reg .u32 %r1;
                mov.u32 %r1, 40;
            again:
                add.s32 %r1, %r1, 1;
                setp.ge.s32 done, %r1, 50;
                @!done bra again;
                st.global.u32 [%rd0], %r1;
            }
            {
                .reg .pred done;
            again:
                add.s32 %r1, %r1, 3;
                setp.ge.s32 done, %r1, 7;
                @!done bra again;
                st.global.u32 [%rd0+4], %r1;
            }""",
        "by_table": """
            list: .branchtargets first, second;
            and.b32 %r1, %r0, 1;
            brx.idx %r1, list;
            first:
            mov.u32 %r2, 10;
            bra.uni both;
            second:
            mov.u32 %r2, 20;
            both:
            mul.wide.u32 %rd1, %r0, 4;
            add.s64 %rd1, %rd0, %rd1;
            st.global.u32 [%rd1], %r2;""",
        "divides": """
            sub.s32 %r1, %r0, 3;
            div.s32 %r2, 100, %r1;
            st.global.u32 [%rd0], %r2;""",
        "traps": "trap;",
    }.items()
)  # fmt: skip


def array(count: int) -> NDArray[np.uint32]:
    return np.zeros(count, np.uint32)


@pytest.fixture(scope="module")
def kernels() -> Kernels:
    return Kernels(TEXT)


@pytest.mark.parametrize(
    "instruction",
    [
        "frob.u32 %r1, %r2",
        "add.f32 %f1, %f2, %f3",  # may be fused with a product
        "mul.ftz.f32 %f1, %f2, %f3",
        "add.rn.ftz.f32 %f1, %f2, %f3",
        "add.s32 %r1, %r2",
        "add.s32 %r1, %r2, %rd3",
        "add.s32 %r1, %f2, %r3",
        "add.s32 %r1, %r2, 5000000000",
        "add.s32 %r1, %r2, %r50",
        "mov.u32 %r1, %clock",
        "mov.u32 %r1, memory_of_another",
        "and.b32 %r1, %p1, %r2",
        "setp.ltu.s32 %p1, %r1, %r2",
        "cvt.f32.f64 %f1, %fd1",
        "cvt.rn.s32.f32 %r1, %f1",
        "ld.global.v4.u32 {%r1, %r2}, [%rd1]",
        "ld.global.v3.u32 {%r1, %r2, %r3}, [%rd1]",
        "ld.global.acquire.gpu.u32 %r1, [%rd1]",
        "st.param.u32 [%rd1], %r1",
        "st.global.u64 [%rd1], %r1",
        "atom.global.add.u32 %r1, [%rd1], %r2",
        "bar.sync 1",
        "bar.sync 0, 64",
        "shfl.sync.bfly.b64 %rd1, %rd2, 1, 31, -1",
        "mma.sync.aligned.m16n8k16.row.col.s32.s8.s8.s32 {%r1, %r2, %r3, %r4}, {%r1, %r2}, {%r1}, "
        "{%r1, %r2, %r3, %r4}",
        "cp.async.cg.shared.global [%r1], [%rd1], 8",
        "cp.async.wait_group %r1",
        "bra nowhere",
        "call (%r1), somewhere, (%r2)",
    ],
)
def test_what_is_not_known_stops_the_translation_with_its_text(instruction: str) -> None:
    text = HEADER + kernel("one", 1, f"\n{instruction};")
    line = text[: text.index(instruction)].count("\n") + 1

    with pytest.raises(PtxError) as stopped:
        translate(text)

    assert instruction in str(stopped.value)
    assert stopped.value.line == line


@pytest.mark.parametrize(
    "declaration",
    [
        ".func (.param .b32 r) f() { ret; }",
        ".global .align 8 .u64 place = another;",
        ".shared .align 128 .b8 wide[256];",
        ".tex .u64 picture;",
        ".entry one() .reqntid 32 { ret; }",
        ".entry one() { .reg .b128 %q<4>; ret; }",
        ".entry one() { ret;",
    ],
)
def test_declarations_that_are_not_known_stop_the_translation(declaration: str) -> None:
    with pytest.raises(PtxError, match="PTX line"):
        translate(HEADER + declaration + kernel("last", 0, ""))


def test_threads_meet_once_in_a_line() -> None:
    text = HEADER + kernel("one", 0, "bar.sync 0; bar.sync 0;")
    translate(text)
    with pytest.raises(PtxError, match="threads meet twice in one line: bar"):
        translate(text.replace("0;\nbar", "0; bar"))


def test_register_that_some_way_does_not_write_is_watched(kernels: Kernels) -> None:
    out = array(2)
    kernels.run("guarded", out, threads=64)
    assert out[0] == 5
    said = kernels.failure("half_written", out)
    assert "half_written" in said
    assert "thread 7" in said
    assert "_r1 is read and was never written: st.global.u32 [%rd0], %r1" in said
    assert "_r1 is read and was never written" in kernels.failure("never", out)


def test_scopes_have_registers_and_labels_of_their_own(kernels: Kernels) -> None:
    out = array(2)
    kernels.run("scopes", out)
    assert out.tolist() == [50, 9]


def test_branch_by_a_list_of_labels(kernels: Kernels) -> None:
    out = array(32)
    kernels.run("by_table", out)
    assert out.tolist() == [10, 20] * 16


def test_division_by_zero_and_a_trap_stop_the_kernel(kernels: Kernels) -> None:
    said = kernels.failure("divides", array(1))
    assert "thread 3" in said
    assert "a division without a result: div.s32 %r2, 100, %r1" in said
    assert "the kernel gives up" in kernels.failure("traps", array(1))
