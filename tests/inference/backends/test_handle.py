import threading

import pytest

from inference.backends.handle import BufferedHandle
from inference.errors import KernelError


def test_wait_gives_what_comes_after_the_bytes_one_has() -> None:
    handle = BufferedHandle()
    handle.append(b"abc")
    assert handle.wait(0, 0).data == b"abc"
    assert handle.wait(2, 0).data == b"c"
    assert handle.wait(3, 0).data == b""
    assert handle.wait(3, 0).finish is None


def test_waiter_wakes_with_the_next_byte_and_with_the_finish() -> None:
    handle, seen = BufferedHandle(), []

    def read() -> None:
        have = 0
        while True:
            progress = handle.wait(have, 10)
            have += len(progress.data)
            seen.append(progress.data)
            if progress.finish is not None:
                return

    reader = threading.Thread(target=read)
    reader.start()
    handle.append(b"a")
    handle.append(b"b")
    handle.finish("end")
    reader.join(10)

    assert not reader.is_alive()
    assert b"".join(seen) == b"ab"


def test_failure_reaches_everyone_who_waits() -> None:
    handle = BufferedHandle()
    handle.fail(KernelError("broken"))
    for _ in range(2):
        with pytest.raises(KernelError, match="broken"):
            handle.wait(0, 0)


def test_times_run_from_the_first_part_to_the_first_byte_to_the_finish() -> None:
    times = iter([10.0, 13.0, 18.0])
    handle = BufferedHandle(clock=lambda: next(times))
    handle.begin()
    handle.append(b"a")
    handle.append(b"b")
    handle.finish("length")
    progress = handle.wait(0, 0)
    assert (progress.prefill_s, progress.decode_s) == (3.0, 5.0)


def test_sequence_that_never_began_took_no_time() -> None:
    handle = BufferedHandle(clock=lambda: 7.0)
    handle.finish("cancelled")
    progress = handle.wait(0, 0)
    assert (progress.prefill_s, progress.decode_s) == (0.0, 0.0)
