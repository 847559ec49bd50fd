"""Threads of translated PTX together: barriers, exchanges, tensor cores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.tools.ptx.harness import ORDERS, Kernels
from tests.tools.ptx.text import HEADER, kernel

MINE = "mul.wide.u32 %rd5, %r0, 4; add.s64 %rd6, %rd0, %rd5;"
LOWER = "and.b32 %r1, %r0, 16; setp.ne.u32 %p1, %r1, 0;"
KERNELS = {
    "shuffles": (1, MINE + """
        shfl.sync.bfly.b32 %r1, %r0, 5, 31, -1;
        shfl.sync.up.b32 %r2|%p2, %r0, 3, 0, -1;
        shfl.sync.down.b32 %r3|%p3, %r0, 2, 0x181F, -1;
        shfl.sync.idx.b32 %r4|%p4, %r0, 9, 0x1C1F, -1;
        selp.u32 %r12, 100, 0, %p2; selp.u32 %r13, 100, 0, %p3; selp.u32 %r14, 100, 0, %p4;
        add.u32 %r2, %r2, %r12; add.u32 %r3, %r3, %r13; add.u32 %r4, %r4, %r14;
        st.global.u32 [%rd6], %r1; st.global.u32 [%rd6+128], %r2;
        st.global.u32 [%rd6+256], %r3; st.global.u32 [%rd6+384], %r4;"""),
    "votes": (1, MINE + """
        and.b32 %r1, %r0, 5; setp.eq.u32 %p1, %r1, 0;
        vote.sync.ballot.b32 %r2, %p1, -1; vote.sync.any.pred %p2, %p1, 0xffffffff;
        vote.sync.all.pred %p3, !%p1, -1; selp.u32 %r3, 7, 0, %p2; selp.u32 %r4, 0, 1, %p3;
        add.u32 %r3, %r3, %r4; st.global.u32 [%rd6], %r2; st.global.u32 [%rd6+128], %r3;"""),
    "divergent_shuffle": (1, LOWER + """
        @%p1 bra other;
        shfl.sync.bfly.b32 %r1, %r0, 1, 31, -1;
        bra both;
        other: shfl.sync.bfly.b32 %r1, %r0, 2, 31, -1;
        both: st.global.u32 [%rd0], %r1;"""),
    "guarded_shuffle": (1, LOWER + "mov.u32 %r1, 0; @%p1 shfl.sync.bfly.b32 %r1, %r0, 1, 31, -1;"),
    "half_a_mask": (1, "bar.warp.sync 0xFFFF;"),
    "divergent_barrier": (1, LOWER + """
        @%p1 bra other; bar.sync 0; bra both;
        other: bar.sync 0; both:"""),
    "late": (1, "setp.eq.u32 %p1, %r0, 40; @%p1 bra out; bar.sync 0; out:"),
    "turns": (1, """
        mov.u32 %r1, memory; shl.b32 %r2, %r0, 2; add.s32 %r3, %r1, %r2;
        mov.u32 %r4, %ntid.x; st.shared.u32 [%r3], %r0; bar.sync 0;
        sub.s32 %r6, %r4, 1; sub.s32 %r6, %r6, %r0; shl.b32 %r6, %r6, 2; add.s32 %r6, %r1, %r6;
        ld.shared.u32 %r7, [%r6]; mov.u32 %r8, %ctaid.x; mad.lo.s32 %r9, %r8, %r4, %r0;
        mul.wide.u32 %rd5, %r9, 4; add.s64 %rd6, %rd0, %rd5;
        mov.u32 %r10, %nctaid.x; mad.lo.s32 %r7, %r10, 1000, %r7; st.global.u32 [%rd6], %r7;"""),
    "product": (3, """
        mul.wide.u32 %rd5, %r0, 16; add.s64 %rd6, %rd0, %rd5; add.s64 %rd7, %rd1, %rd5;
        mul.wide.u32 %rd8, %r0, 8; add.s64 %rd9, %rd2, %rd8;
        ld.global.v4.u32 {%r1, %r2, %r3, %r4}, [%rd6];
        ld.global.v4.u32 {%r5, %r6, %r7, %r8}, [%rd7];
        ld.global.v2.u32 {%r9, %r10}, [%rd9];
        mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%r1, %r2, %r3, %r4},
            {%r5, %r6, %r7, %r8}, {%r9, %r10}, {%r1, %r2, %r3, %r4};
        st.global.v4.u32 [%rd6], {%r1, %r2, %r3, %r4};"""),
}  # fmt: skip


@pytest.fixture(scope="module")
def kernels() -> Kernels:
    return Kernels(HEADER + "".join(kernel(name, *parts) for name, parts in KERNELS.items()))


def said(kernels: Kernels, name: str, threads: int = 32) -> str:
    return kernels.failure(name, np.zeros(128, np.uint32), threads=threads)


@pytest.mark.parametrize("order", ORDERS)
def test_shuffles_take_values_of_other_lanes(kernels: Kernels, order: str) -> None:
    out = np.zeros((4, 32), np.uint32)
    kernels.run("shuffles", out, order=order)
    lanes = range(32)
    assert out[0].tolist() == [lane ^ 5 for lane in lanes]
    assert out[1].tolist() == [lane - 3 + 100 if lane >= 3 else lane for lane in lanes]
    # In segments of 8 lanes.
    assert out[2].tolist() == [lane + 2 + 100 if lane % 8 < 6 else lane for lane in lanes]
    # Of 4: the lane is taken within the segment.
    assert out[3].tolist() == [lane // 4 * 4 + 1 + 100 for lane in lanes]


@pytest.mark.parametrize("order", ORDERS)
def test_votes_are_of_the_whole_warp(kernels: Kernels, order: str) -> None:
    out = np.zeros((2, 32), np.uint32)
    kernels.run("votes", out, order=order)
    assert set(out[0]) == {sum(1 << lane for lane in range(32) if lane & 5 == 0)}
    assert set(out[1]) == {8}


@pytest.mark.parametrize("order", ORDERS)
def test_barrier_parts_writes_from_reads(kernels: Kernels, order: str) -> None:
    out = np.zeros((3, 96), np.uint32)
    kernels.run("turns", out, blocks=3, threads=96, shared=384, order=order)
    assert out.tolist() == [[3000 + 95 - i for i in range(96)]] * 3


def test_shuffle_that_lanes_reach_at_different_places_stops_the_kernel(kernels: Kernels) -> None:
    text = said(kernels, "divergent_shuffle")
    assert "divergent_shuffle" in text
    assert "not reached by all at once: thread 0 waits at line" in text
    assert "shfl.sync.bfly.b32 %r1, %r0, 2, 31, -1" in text
    text = said(kernels, "guarded_shuffle")
    assert "16 threads wait at line" in text
    assert "16 threads have ended" in text
    assert "only whole warps" in said(kernels, "half_a_mask")


def test_barrier_that_threads_reach_at_different_places_stops_the_kernel(kernels: Kernels) -> None:
    assert "not reached by all at once" in said(kernels, "divergent_barrier")
    text = said(kernels, "late", threads=64)
    assert "63 threads wait at line" in text
    assert "waits for threads that never come: bar.sync 0" in text


@settings(max_examples=30, deadline=None)
@given(
    left=arrays(np.int8, (16, 32)),
    right=arrays(np.int8, (32, 8)),
    sums=arrays(np.int32, (16, 8), elements=st.integers(-(2**31), 2**31 - 1)),
)
def test_tensor_cores_multiply_as_numpy_does(
    kernels: Kernels, left: np.ndarray, right: np.ndarray, sums: np.ndarray
) -> None:
    # As the PTX ISA draws it: a lane's group is lane / 4, its place in it lane % 4.
    group, place = np.divmod(np.arange(32), 4)
    four = place[:, None] * 4 + np.arange(4)
    a = np.stack([left[group[:, None] + down, four + far] for far in (0, 16) for down in (0, 8)], 1)
    b = np.stack([right[four + far, group[:, None]] for far in (0, 16)], 1)
    rows = group[:, None] + np.array([0, 0, 8, 8])
    columns = place[:, None] * 2 + np.array([0, 1, 0, 1])
    mine = np.ascontiguousarray(sums[rows, columns])

    kernels.run("product", mine, np.ascontiguousarray(a), np.ascontiguousarray(b))

    wide = left.astype(np.int64) @ right.astype(np.int64) + sums
    assert np.array_equal(mine, wide.astype(np.int32)[rows, columns])
