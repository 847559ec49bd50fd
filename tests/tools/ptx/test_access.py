"""Memory of translated PTX: where accesses may go, and asynchronous copies."""

from __future__ import annotations

import numpy as np
import pytest

from tests.tools.ptx.harness import Kernels
from tests.tools.ptx.text import HEADER, kernel

THIRD = 0x3FD5555555555555
TABLES = f"""
.const .align 8 .f64 thirds[2] = {{0d{THIRD:016X}, 0dBFD5555555555555}};
.global .align 4 .b8 bytes[8] = {{1, 2, 3, 4, 5}};
"""
# %r1: where this thread's 16 bytes of shared memory are; %rd4: its 16 of the first pointer.
OWN = """
mov.u32 %r1, memory; shl.b32 %r2, %r0, 4; add.s32 %r1, %r1, %r2;
mul.wide.u32 %rd3, %r0, 16; add.s64 %rd4, %rd0, %rd3; add.s64 %rd5, %rd1, %rd3;
"""
GIVE = """
ld.shared.v4.u32 {%r10, %r11, %r12, %r13}, [%r1];
st.global.v4.u32 [%rd4], {%r10, %r11, %r12, %r13};
"""
COPY = "cp.async.cg.shared.global [%r1], [%rd5], 16; cp.async.commit_group;"
# A barrier at the beginning of shared memory, the data 16 bytes further.
OPEN = """
mov.u32 %r1, memory; mov.u32 %r3, 128; setp.ne.u32 %p1, %r0, 0; mov.u32 %r4, 0;
@%p1 bra opened;
mbarrier.init.shared::cta.b64 [%r1], 1;
"""
FENCE = "fence.proxy.async.shared::cta;"
BULK = """
mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r1], %r3;
cp.async.bulk.shared::cluster.global.mbarrier::complete_tx::bytes [%r1+16], [%rd1], %r3, [%r1];
"""
OPENED = "opened: bar.sync 0;"
AWAIT = """
{ .reg .pred done; again: mbarrier.try_wait.parity.shared::cta.b64 done, [%r1], %r4; @!done bra again; }
"""
READ = """
shl.b32 %r5, %r0, 2; add.s32 %r6, %r1, %r5; ld.shared.u32 %r7, [%r6+16];
mul.wide.u32 %rd6, %r0, 4; add.s64 %rd7, %rd0, %rd6; st.global.u32 [%rd7], %r7;
"""
LOCAL = """
.local .align 8 .b8 depot[16];
mov.u64 %rd10, depot; cvta.local.u64 %rd11, %rd10;
st.local.u32 [%rd10+4], %r0; ld.u32 %r1, [%rd11+4]; st.u32 [%rd11+8], %r1; ld.local.u32 %r2, [%rd10+8];
mul.wide.u32 %rd12, %r0, 4; add.s64 %rd12, %rd0, %rd12; st.global.u32 [%rd12], %r2;
"""
KERNELS = {
    "vectors": (2, OWN + """
        ld.global.nc.L1::no_allocate.v4.s32 {%r10, %r11, %r12, %r13}, [%rd5];
        st.shared.v2.u32 [%r1], {%r11, %r10};
        st.shared.v2.u32 [%r1+8], {%r13, %r12};""" + GIVE),
    "bytes_of_all_widths": (2, """
        ld.global.s8 %r1, [%rd1]; st.global.u32 [%rd0], %r1;
        ld.global.u8 %rs1, [%rd1]; cvt.u32.u16 %r2, %rs1; st.global.u32 [%rd0+4], %r2;
        ld.global.s16 %rd2, [%rd1]; st.global.u64 [%rd0+8], %rd2;
        ld.global.u32 %r3, [%rd1+4]; st.global.u8 [%rd0+16], %r3;"""),
    "misaligned": (2, "ld.global.v4.u32 {%r10, %r11, %r12, %r13}, [%rd1+8];"),
    "misaligned_shared": (2, OWN + "st.shared.u16 [%r1+1], %rs1;".replace("%rs1", "%r0")),
    "beyond": (2, OWN + "ld.global.u32 %r10, [%rd5+4];"),
    "beyond_shared": (2, OWN + "ld.shared.u32 %r10, [%r1+16];"),
    "null": (0, "mov.u32 %r1, 0; ld.shared.u32 %r2, [%r1];"),
    "unwritten": (2, OWN + GIVE),
    "forgotten_window": (1, """
        mov.u32 %r1, memory; cvt.u64.u32 %rd2, %r1; cvta.shared.u64 %rd3, %rd2;
        cvt.u32.u64 %r2, %rd3; st.shared.u32 [%r2], %r0;"""),
    "generic": (1, """
        mov.u64 %rd1, memory; cvta.shared.u64 %rd2, %rd1; mov.b64 %rd3, generic_0;
        cvta.param.u64 %rd3, %rd3;        st.u32 [%rd2+4], %r0; bar.warp.sync -1; ld.shared.u32 %r1, [memory+4]; ld.u64 %rd4, [%rd3];
        st.u32 [%rd4], %r1; cvta.to.shared.u64 %rd5, %rd2; ld.shared.u32 %r2, [%rd5+4];
        st.global.u32 [%rd4+4], %r2;"""),
    "locals": (1, LOCAL),
    "tables": (1, """
        mov.u64 %rd1, thirds; mov.u64 %rd2, bytes; cvta.global.u64 %rd2, %rd2;
        ld.const.f64 %fd1, [%rd1+8]; st.global.f64 [%rd0], %fd1;
        ld.const.f64 %fd2, [thirds]; st.global.f64 [%rd0+8], %fd2;
        ld.u32 %r1, [%rd2+4]; st.global.u32 [%rd0+16], %r1;"""),
    "copied": (2, OWN + COPY + "cp.async.wait_group 0;" + GIVE),
    "copied_by_all": (2, OWN + "cp.async.ca.shared.global [%r1], [%rd5], 16; cp.async.wait_all;" + GIVE),
    "not_awaited": (2, OWN + COPY + GIVE + "cp.async.wait_all;"),
    "not_the_last": (2, OWN + COPY + "cp.async.wait_group 1;" + GIVE + "cp.async.wait_all;"),
    "one_by_one": (2, OWN + COPY + "add.s32 %r1, %r1, 512; add.s64 %rd5, %rd5, 512;" + COPY
        + "sub.s32 %r1, %r1, 512; cp.async.wait_group 1;" + GIVE + "cp.async.wait_group 0;"),
    "left_open": (2, OWN + COPY),
    "misaligned_copy": (2, OWN + "cp.async.cg.shared.global [%r1+8], [%rd5], 16;"),
    "still_read": (2, OWN + COPY + "cp.async.wait_all; bar.sync 0;" + COPY
        + "bar.warp.sync -1;" + GIVE + "cp.async.wait_all;"),
    "bulk": (2, OPEN + FENCE + BULK + OPENED + AWAIT + READ),
    "bulk_twice": (2, OPEN + FENCE + BULK + OPENED + AWAIT + """bar.sync 0; mov.u32 %r4, 1;
        @%p1 bra again; add.s64 %rd1, %rd1, 128;""" + BULK + "again: bar.warp.sync -1;" + AWAIT + READ),
    "bulk_not_awaited": (2, OPEN + FENCE + BULK + OPENED + READ + "bar.sync 0;" + AWAIT),
    "bulk_other_phase": (2, OPEN + FENCE + BULK + OPENED + "mov.u32 %r4, 1;" + AWAIT + READ
        + "bar.sync 0; mov.u32 %r4, 0;" + AWAIT),
    "bulk_asked_once": (2, OPEN + FENCE + OPENED + "@%p1 bra other;" + BULK + """
        other: mbarrier.try_wait.parity.shared::cta.b64 %p2, [%r1], %r4; selp.u32 %r7, 1, 0, %p2;
        mul.wide.u32 %rd6, %r0, 4; add.s64 %rd7, %rd0, %rd6; st.global.u32 [%rd7], %r7;""" + AWAIT),
    "bulk_no_fence": (2, OPEN + BULK + OPENED + AWAIT),
    "bulk_never_complete": (2, OPEN + FENCE + BULK.replace("%r3, [%r1];", "64, [%r1];") + OPENED + AWAIT),
    "bulk_left": (2, OPEN + FENCE + BULK + OPENED),
    "bulk_written_over": (2, OPEN + FENCE + "st.shared.u32 [%r1+4], %r0;" + BULK + OPENED + AWAIT),
    "bulk_beyond": (2, "mov.u32 %r5, 0;" + OPEN + FENCE
        + BULK.replace("%r3", "1008").replace("[%rd1]", "[%rd1+16]") + OPENED + AWAIT),
}  # fmt: skip
DATA = np.arange(1024, dtype=np.uint32) * 7 + 1


@pytest.fixture(scope="module")
def kernels() -> Kernels:
    return Kernels(
        HEADER + TABLES + "".join(kernel(name, *parts) for name, parts in KERNELS.items())
    )


def result(
    kernels: Kernels, name: str, count: int = 128, shared: int = 1024, order: str = "forward"
) -> list[int]:
    out = np.zeros(count, np.uint32)
    kernels.run(name, *[out, DATA][: KERNELS[name][0]], shared=shared, order=order)
    return list(map(int, out))


def said(kernels: Kernels, name: str, data: int = 128, shared: int = 1024) -> str:
    out = np.zeros(128, np.uint32)
    return kernels.failure(name, *[out, DATA[:data]][: KERNELS[name][0]], shared=shared)


def test_vectors_and_narrow_values_arrive_whole(kernels: Kernels) -> None:
    expected = DATA[:128].reshape(-1, 2)[:, ::-1].ravel()
    assert result(kernels, "vectors") == expected.tolist()

    out, data = np.zeros(20, np.uint8), np.array([0xFE, 0xFF, 0, 0, 9, 1, 1, 1], np.uint8)
    kernels.run("bytes_of_all_widths", out, data)
    words = out.tobytes()
    assert np.frombuffer(words[:8], np.int32).tolist() == [-2, 0xFE]
    assert np.frombuffer(words[8:16], np.int64)[0] == -2
    assert words[16:] == b"\x09\0\0\0"


def test_access_that_is_not_aligned_stops_the_kernel(kernels: Kernels) -> None:
    text = said(kernels, "misaligned")
    assert "ptx: misaligned, block 0, thread 0, line " in text
    assert "not aligned" in text
    assert "ld.global.v4.u32 {%r10, %r11, %r12, %r13}, [%rd1+8]" in text
    assert "not aligned" in said(kernels, "misaligned_shared")
    assert "not aligned" in said(kernels, "misaligned_copy")


def test_access_outside_of_memory_stops_the_kernel(kernels: Kernels) -> None:
    assert result(kernels, "vectors", shared=512)  # all of it
    text = said(kernels, "vectors", shared=508)
    assert "thread 31" in text
    assert "outside of shared memory" in text
    assert "outside of shared memory" in said(kernels, "beyond_shared", shared=512)
    assert "outside of shared memory" in said(kernels, "null")
    assert "outside of shared memory" in said(kernels, "forgotten_window")
    text = said(kernels, "beyond", data=124)
    assert "thread 31" in text
    assert "outside of the device's memory" in text


def test_shared_memory_that_nobody_wrote_holds_anything(kernels: Kernels) -> None:
    assert result(kernels, "unwritten") == [0xA5A5A5A5] * 128


def test_generic_addresses_reach_every_space(kernels: Kernels) -> None:
    assert result(kernels, "generic", 2) == [31, 31]
    assert result(kernels, "locals", 32) == list(range(32))
    thirds = np.array(result(kernels, "tables", 5), np.uint32)
    assert thirds[:4].view(np.float64).tolist() == [-1 / 3, 1 / 3]
    assert thirds[4] == 5


@pytest.mark.parametrize("order", ["forward", "backward", "shuffled"])
def test_copies_arrive_when_they_are_waited_for(kernels: Kernels, order: str) -> None:
    for name in ("copied", "copied_by_all", "one_by_one"):
        assert result(kernels, name, order=order) == DATA[:128].tolist(), name


def test_copy_that_nobody_waits_for_is_seen(kernels: Kernels) -> None:
    assert result(kernels, "not_awaited") == [0xC3C3C3C3] * 128
    assert result(kernels, "not_the_last") == [0xC3C3C3C3] * 128
    assert "copies into its memory are on their way" in said(kernels, "left_open")


def test_copy_to_where_others_still_read_is_seen(kernels: Kernels) -> None:
    assert result(kernels, "still_read") == [0xC3C3C3C3] * 128


@pytest.mark.parametrize("order", ["forward", "backward", "shuffled"])
def test_bulk_copy_arrives_when_its_barrier_is_waited_for(kernels: Kernels, order: str) -> None:
    assert result(kernels, "bulk", 32, order=order) == DATA[:32].tolist()
    assert result(kernels, "bulk_twice", 32, order=order) == DATA[32:64].tolist()


def test_bulk_copy_that_nobody_waits_for_is_seen(kernels: Kernels) -> None:
    assert result(kernels, "bulk_not_awaited", 32) == [0xC3C3C3C3] * 32
    assert result(kernels, "bulk_other_phase", 32) == [0xC3C3C3C3] * 32
    assert "copies into its memory are on their way" in said(kernels, "bulk_left")


def test_wait_for_a_barrier_may_end_before_it_is_complete(kernels: Kernels) -> None:
    # The last thread to come to the barrier before goes on first; nobody has asked for a copy then.
    assert result(kernels, "bulk_asked_once", 32, order="forward") == [1] * 31 + [0]
    assert result(kernels, "bulk_asked_once", 32, order="backward") == [1] * 32


def test_barriers_are_used_as_they_have_to_be(kernels: Kernels) -> None:
    assert "no fence" in said(kernels, "bulk_no_fence")
    assert "something was written over the barrier" in said(kernels, "bulk_written_over")
    assert "outside of the device's memory" in said(kernels, "bulk_beyond", data=252)
    text = said(kernels, "bulk_never_complete")
    assert "32 threads wait at line" in text
    assert "waits for threads that never come: mbarrier.try_wait" in text
