"""Clocks, passed to whatever waits, so that a test can give its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Clock:
    """Three views of time.

    Attributes:
        now: Unix seconds, for stamps.
        monotonic: seconds, for deadlines.
        sleep: waits so many seconds.
    """

    now: Callable[[], float] = time.time
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def wait_for(self, done: Callable[[], bool], timeout_s: float, every_s: float = 0.05) -> bool:
        """Ask again and again; False when it was not done in time."""
        deadline = self.monotonic() + timeout_s
        while not done():
            if self.monotonic() >= deadline:
                return False
            self.sleep(every_s)
        return True


SYSTEM = Clock()
