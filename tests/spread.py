"""How the tests are spread over the processes of pytest-xdist."""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadFileScheduling

FIRST = (
    "tests/training/csrc/test_train_selftest.py",
    "tests/inference/backends/test_native_cuda.py",
    "tests/training/torch/fused/test_ops_machine_code.py",
    "tests/inference/csrc/test_selftest.py",
    "tests/training/test_trainer_stop.py",
)
"""Few tests that take long: they begin first, so that no process ends long after the others."""
LAST = "tests/system/faults"
"""Crowds of followers who wait for answers: when hardly anything else wants the processor."""


class ByFile(LoadFileScheduling):
    """A file's tests run in one process, one after the other; so do all that break the service.

    What a file opens once is so opened once.
    """

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        return LAST if scope.startswith(f"{LAST}/") else scope

    def _assign_work_unit(self, node: Any) -> None:
        for scope in reversed(FIRST):
            if scope in self.workqueue:
                self.workqueue.move_to_end(scope, last=False)
        if LAST in self.workqueue:
            self.workqueue.move_to_end(LAST)
        super()._assign_work_unit(node)
