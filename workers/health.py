"""Health of this worker's engine, told by its last turns."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

LAST = 20
# So many failures of the last turns are shown, so many in a row mean that nothing is answered.
SHOWN, IN_A_ROW = 3, 3
# The second is shorter: who is sent no turns can have no success that would end it.
SHOWN_S, FAILING_S = 300.0, 60.0


class EngineHealth:
    """Remembers how the last turns ended; safe for threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failed: deque[bool] = deque(maxlen=LAST)
        self._error, self._at = "", 0.0

    def succeeded(self) -> None:
        """Note a turn that the engine answered."""
        with self._lock:
            self._failed.append(False)

    def failed(self, error: BaseException) -> None:
        """Note a turn that it could not answer."""
        with self._lock:
            self._failed.append(True)
            self._error = f"{type(error).__name__}: {error}".removesuffix(": ")[:160]
            self._at = self._clock()

    @property
    def failing(self) -> bool:
        """True if turns are of no use here at present."""
        with self._lock:
            last = list(self._failed)[-IN_A_ROW:]
            young = self._clock() - self._at < FAILING_S
        return len(last) == IN_A_ROW and all(last) and young

    @property
    def problem(self) -> str:
        """Problem as the operator is told it; "" for none."""
        with self._lock:
            failures, turns = sum(self._failed), len(self._failed)
            young = self._clock() - self._at < SHOWN_S
            error = self._error
        if failures < SHOWN or not young:
            return ""
        return (
            f"the engine failed in {failures} of the last {turns} turns ({error});"
            " look at its memory, or restart it"
        )
