"""Files of a model folder, read whole and within bounds, whatever somebody put there."""

from __future__ import annotations

import io
import os
import stat
from pathlib import Path

from inference.errors import CheckpointError

_CHUNK = 1 << 20
# Where the kernel says how much memory a container may use; the first that exists counts.
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def read_file(file: Path, limit: int) -> bytes:
    """Return the content of a regular file, or of what a link to one leads to.

    Nothing else is opened: a pipe would wait for a writer for ever, and a device has no end.

    Args:
        file: where it lies.
        limit: most bytes it may have.

    Raises:
        CheckpointError: it is missing, no regular file, too large, or cannot be read.
    """
    try:
        _check(file, file.stat(), limit)
        descriptor = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb", buffering=0) as opened:  # noqa: PTH123 - of a descriptor
            size = _check(file, os.fstat(descriptor), limit)
            return _read(opened, file, size, limit)
    except FileNotFoundError as error:
        raise CheckpointError(f"{file}: the file is missing") from error
    except OSError as error:
        raise CheckpointError(f"{file}: it cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise CheckpointError(f"{str(file)!r} is not the name of a file") from error
    except MemoryError as error:
        raise CheckpointError(f"{file}: there is not enough memory to read it") from error


def _read(opened: io.FileIO, file: Path, size: int, limit: int) -> bytes:
    """Read to the end, which some files of the kernel do not tell before."""
    content = bytearray()
    while chunk := opened.read(max(_CHUNK, size - len(content))):
        content += chunk
        if len(content) > limit:
            raise CheckpointError(f"{file}: it has more than the {limit} bytes that are expected")
    return bytes(content)


def _check(file: Path, status: os.stat_result, limit: int) -> int:
    if not stat.S_ISREG(status.st_mode):
        raise CheckpointError(f"{file}: it is no regular file")
    if status.st_size > limit:
        raise CheckpointError(
            f"{file}: it has {status.st_size} bytes; at most {limit} are expected"
        )
    return status.st_size


def memory_bytes() -> int:
    """Return the memory of this machine, or of this container when that is less."""
    physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for file in _LIMITS:
        try:
            return min(physical, int(file.read_text()))
        except (OSError, ValueError):  # there is none, or it says "max"
            continue
    return physical
