"""Advisory file locks that the kernel drops when their holder ends, however it ends."""

from __future__ import annotations

import os
from pathlib import Path

from xinglin.bilingual import Notice
from xinglin.errors import EmbeddedError

try:
    import fcntl
except ImportError as error:  # pragma: no cover
    raise EmbeddedError(
        Notice(
            "the embedded Redis needs Linux or macOS; set XINGLIN_REDIS_URL to a Redis server",
            "自带的 Redis 只能在 Linux 或 macOS 上用；请让 XINGLIN_REDIS_URL 指向一个 Redis",
        )
    ) from error


class FileLock:
    """One open file that can be locked; not inherited by programs that are started."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)

    def try_shared(self) -> bool:
        """Take the lock beside other sharers; False when somebody has it alone."""
        return self._try(fcntl.LOCK_SH)

    def try_alone(self) -> bool:
        """Take the lock alone; False when anybody has it."""
        return self._try(fcntl.LOCK_EX)

    def release(self) -> None:
        """Give the lock back and close the file; harmless when done twice."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _try(self, kind: int) -> bool:
        try:
            fcntl.flock(self._fd, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
