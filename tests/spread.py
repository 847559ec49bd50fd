"""Spread of the tests over the processes of pytest-xdist."""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadFileScheduling

FIRST = (
    "tests/training/csrc/test_train_selftest.py",
    "tests/inference/backends/test_native_cuda.py",
    "tests/training/torch/fused/test_ops_machine_code.py",
    "tests/training/test_trainer_stop.py",
    "tests/inference/csrc/test_selftest.py",
    "tests/training/test_checkpoints.py",
)
"""Few tests that take long: they begin first, so that no process ends long after the others."""
LAST = "tests/system/faults/"
"""Crowds of followers who wait for answers: when hardly anything else wants the processor."""
LAST_BEGIN = (
    "tests/system/faults/test_ordinary.py",
    "tests/system/faults/test_processes.py",
    "tests/system/faults/test_rollout.py",
    "tests/system/faults/test_api.py",
    "tests/system/faults/test_strangers.py",
)
"""The longest of them, in the order in which they begin."""


def turn(scope: str) -> tuple[int, int]:
    """Sort key of a file: first, between, or last, and the place there."""
    if scope.startswith(LAST):
        return 2, _place(scope, LAST_BEGIN)
    return (0, FIRST.index(scope)) if scope in FIRST else (1, 0)


def _place(scope: str, order: tuple[str, ...]) -> int:
    return order.index(scope) if scope in order else len(order)


class ByFile(LoadFileScheduling):
    """A file's tests run in one process, one after the other: what it opens once is opened once.

    Those that break the service mostly wait, so each process takes a file of them at a time.
    """

    def _assign_work_unit(self, node: Any) -> None:
        self.workqueue.move_to_end(min(self.workqueue, key=turn), last=False)
        super()._assign_work_unit(node)
