"""A sequence of the backends that are written in Python."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from inference.backends.base import Finish, Progress


class BufferedHandle:
    """Bytes handed from the decoding thread to whoever waits for them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._data = bytearray()
        self._finish: Finish | None = None
        self._error: Exception | None = None
        self._begun: float | None = None
        self._first: float | None = None
        self._ended: float | None = None
        self._nll_bits = 0.0
        self.cancelled = False

    def wait(self, have: int, timeout_s: float | None) -> Progress:
        """Block until there are more than `have` bytes, or it is finished, or time is up."""
        with self._changed:
            self._changed.wait_for(lambda: self._over or len(self._data) > have, timeout_s)
            if self._error is not None:
                raise self._error
            prefill_s, decode_s = self._times()
            data = bytes(self._data[have:])
            return Progress(data, self._finish, prefill_s, decode_s, self._nll_bits)

    def cancel(self) -> None:
        """Stop at the next byte."""
        self.cancelled = True

    def discard(self) -> None:
        """Nothing to do: finished sequences leave nothing."""

    def begin(self) -> None:
        """Note that the prompt is being read."""
        self._begun = self._clock()

    def append(self, data: bytes, nll_bits: float = 0.0) -> None:
        """Add bytes; `nll_bits` is of all of them so far."""
        with self._changed:
            self._nll_bits = nll_bits
            if self._first is None:
                self._first = self._clock()
            self._data += data
            self._changed.notify_all()

    def finish(self, reason: Finish) -> None:
        """Say that no more bytes come."""
        with self._changed:
            self._finish = reason
            self._ended = self._clock()
            self._changed.notify_all()

    def fail(self, error: Exception) -> None:
        """Say that the sequence failed; everyone who waits gets the error."""
        with self._changed:
            self._error = error
            self._changed.notify_all()

    @property
    def _over(self) -> bool:
        return self._finish is not None or self._error is not None

    def _times(self) -> tuple[float, float]:
        now = self._clock() if self._ended is None else self._ended
        begun = now if self._begun is None else self._begun
        first = now if self._first is None else self._first
        return first - begun, now - first
