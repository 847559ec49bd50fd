"""Waiting for something to come true."""

from __future__ import annotations

import time
from collections.abc import Callable


def until(
    condition: Callable[[], object],
    timeout_s: float = 60.0,
    what: str = "it",
    *,
    every_s: float = 0.02,
) -> float:
    """Wait for something; return how long it took, in seconds.

    Raises:
        AssertionError: it did not happen in time.
    """
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < timeout_s, f"{what} did not happen in {timeout_s:g} s"
        time.sleep(every_s)
    return time.monotonic() - began
