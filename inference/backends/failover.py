"""A backend that another one stands in for when its device is lost.

Both compute the same logits and draw with the same generators, so a sequence that begins again
comes to the bytes that were given out already; should it not, it fails rather than change them.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from inference.automaton import Automaton
from inference.backends.base import Backend, BackendStats, Coder, Handle, Progress, Scorer
from inference.errors import DeviceLost, KernelError
from inference.sampling import SamplingConfig

if TYPE_CHECKING:
    from inference.compression.memory import Memory

logger = logging.getLogger(__name__)


class TakeoverHandle:
    """A sequence that begins again elsewhere when its device is lost."""

    def __init__(self, handle: Handle, again: Callable[[], Handle]) -> None:
        self._handle = handle
        self._again: Callable[[], Handle] | None = again
        self._given = b""
        self._cancelled = False
        self._lock = threading.Lock()

    def wait(self, have: int, timeout_s: float | None) -> Progress:
        """Block until there are more than `have` bytes, or it is finished, or time is up."""
        handle = self._handle
        try:
            return self._checked(have, handle.wait(have, timeout_s))
        except DeviceLost:
            self._take_over(handle)
            return self._checked(have, self._handle.wait(have, timeout_s))

    def cancel(self) -> None:
        """Stop at the next byte."""
        self._cancelled = True
        self._handle.cancel()

    def discard(self) -> None:
        """Let what it has read be the first to go."""
        self._handle.discard()

    def _take_over(self, lost: Handle) -> None:
        with self._lock:
            if self._handle is not lost:
                return  # another thread was first
            if self._again is None:
                raise DeviceLost("the backend that took over is lost, too")
            self._handle, self._again = self._again(), None
            if self._cancelled:
                self._handle.cancel()

    def _checked(self, have: int, progress: Progress) -> Progress:
        """Remember what is given out; refuse to say something else than before."""
        with self._lock:
            known = self._given[have : have + len(progress.data)]
            changed = not progress.data.startswith(known)
            short = progress.finish == "end" and have + len(progress.data) < len(self._given)
            if have <= len(self._given):
                whole = self._given[:have] + progress.data
                self._given = max(self._given, whole, key=len)
        if changed or short:
            raise KernelError("after the GPU was lost the reply came out otherwise; ask again")
        return progress


class TakeoverBackend:
    """The first backend while its device is there, then the second, opened only then."""

    def __init__(self, first: Backend, open_second: Callable[[], Backend]) -> None:
        self.name = first.name
        self._current = first
        self._open_second: Callable[[], Backend] | None = open_second
        self._lock = threading.Lock()

    def submit(
        self,
        prompt: bytes,
        sampling: SamplingConfig,
        automaton: Automaton,
        deadline_s: float | None,
    ) -> TakeoverHandle:
        """Queue a sequence; see `base.Backend`."""
        until = None if deadline_s is None else time.monotonic() + deadline_s
        current = self._current

        def again() -> Handle:
            left_s = None if until is None else until - time.monotonic()
            return self._take_over(current).submit(prompt, sampling, automaton, left_s)

        return TakeoverHandle(current.submit(prompt, sampling, automaton, deadline_s), again)

    def logits(self, data: bytes) -> NDArray[np.float32]:
        """Return (N, 256) logits; see `base.Backend`."""
        current = self._current
        try:
            return current.logits(data)
        except DeviceLost:
            return self._take_over(current).logits(data)

    def scorer(self) -> Scorer:
        """Start reading a new text; one under way when the device is lost fails."""
        current = self._current
        try:
            return current.scorer()
        except DeviceLost:
            return self._take_over(current).scorer()

    def coder(self, *, mixed: bool, memory: Memory | None = None) -> Coder:
        """Start compressing or decompressing a text."""
        return self._current.coder(mixed=mixed, memory=memory)

    def clear_prefix_cache(self) -> None:
        """Drop what finished sequences have left."""
        self._current.clear_prefix_cache()

    def stats(self) -> BackendStats:
        """Return the counts of the backend at work."""
        return self._current.stats()

    def close(self) -> None:
        """Stop; a second call does nothing."""
        with self._lock:
            self._open_second = None
            self._current.close()

    def _take_over(self, lost: Backend) -> Backend:
        """Return the second backend; `lost` is what failed, so that it is opened once only."""
        with self._lock:
            if self._current is lost:
                if self._open_second is None:
                    raise DeviceLost("the GPU was lost and no backend can take over")
                self._current, self._open_second = self._open_second(), None
                self.name = self._current.name
                lost.close()
                logger.warning("the GPU was lost; %s took over", self.name)
            return self._current
