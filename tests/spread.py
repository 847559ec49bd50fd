"""How the tests are spread over the processes of pytest-xdist."""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadFileScheduling

LONG = ("tests/faults", "tests/inference/test_gpu.py", "tests/training/fused/test_machine_code.py")
"""What takes longest, the longest first. It begins first, so that no process ends long after the others."""


class ByFile(LoadFileScheduling):
    """A file's tests run in one process, one after the other; so do all that break the service.

    What a file opens once is so opened once, and no two crowds of followers wait for the same
    processor.
    """

    def _split_scope(self, nodeid: str) -> str:
        scope: str = super()._split_scope(nodeid)
        return "tests/faults" if scope.startswith("tests/faults/") else scope

    def _assign_work_unit(self, node: Any) -> None:
        for scope in LONG:
            if scope in self.workqueue:
                self.workqueue.move_to_end(scope, last=False)
                break
        super()._assign_work_unit(node)
