"""A worker whose engine breaks, hangs, loops or is slow when a message says so; for tests only.

    rq worker -w tests.system.faults.poisoned.PoisonedWorker turns

The limits of a turn are shortened in this process, so that a test need not wait for minutes: tests
start it as a program and never import it.
"""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import workers.drafting
import workers.model_holder
import workers.runner
from inference.config import EngineConfig
from inference.engine import Engine, Sequence
from inference.errors import ResultTimeout
from inference.prompt import USER
from tests.system.faults.traps import CRASH, HANG, LOCK, LOOP
from workers.worker import EngineWorker

SLOW_S = float(os.environ.get("TEST_SLOW_S", "0"))
SEATS = threading.Semaphore(int(os.environ.get("TEST_SEATS", "1")))

if not SLOW_S:  # a turn that waits for a seat does not hang, and is given the usual time
    workers.drafting.GENERATION_LIMIT_S = 3.0
    workers.drafting.OVERTIME_S = 1.0
    workers.runner.TURN_LIMIT_S = 8.0


class _Endless:
    """A sequence that the engine never ends."""

    def result(self, timeout_s: float | None = None) -> Any:
        time.sleep(timeout_s or 0)
        raise ResultTimeout("the engine does not answer")

    def discard(self) -> None:
        pass


class PoisonedEngine(Engine):
    """The echo engine, with traps; and, on request, with a bounded capacity."""

    def submit(self, prompt: bytes, *args: Any, **options: Any) -> Sequence:
        said = prompt.decode("utf-8", "replace").rpartition(USER)[2]
        if CRASH in said:
            os.kill(os.getpid(), signal.SIGSEGV)
        if LOCK in said or CRASH in said:
            threading.Event().wait()
        if LOOP in said:
            until = time.monotonic() + 3600
            while time.monotonic() < until:
                sum(range(1000))
        if HANG in said:
            return _Endless()
        if SLOW_S:
            with SEATS:
                time.sleep(SLOW_S / 3)  # three drafts a reply
        return super().submit(prompt, *args, **options)

    @classmethod
    def open(cls, path: Path, config: EngineConfig | None = None) -> Engine:
        opened = Engine.open(path, config)
        return cls(opened.checkpoint, opened._backend)


workers.model_holder.Engine = PoisonedEngine


class PoisonedWorker(EngineWorker):
    """Named on the command line of `rq worker`."""
