"""Frame of the fault suite's rows: break again and again while followers write, then judge."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tests.tools.wechat_simulator.crowd import Crowd
from tests.tools.wechat_simulator.ledger import Report


class Breaker:
    """Calls `break_once(number)` every `each_s` seconds while it is entered."""

    def __init__(self, break_once: Callable[[int], None], each_s: float) -> None:
        self._break, self._each_s = break_once, each_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, daemon=True)
        self.count = 0
        self.error: BaseException | None = None

    def __enter__(self) -> Breaker:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(60)
        if self.error is not None:
            raise self.error

    def _loop(self) -> None:
        while not self._stop.wait(self._each_s):
            try:
                self._break(self.count)
            except BaseException as error:
                self.error = error
                return
            self.count += 1


def clean(report: Report, *, notices: bool = False) -> None:
    """Assert that nobody lost anything, got it twice, or in the wrong order."""
    assert report.lost == 0, report.users
    assert report.duplicated == 0, report.users
    assert report.out_of_order == 0, report.users
    assert not set(report.defects) - {"lost", "connection", "status"}, report.defects
    if not notices:
        assert report.notices == 0, report.users
    assert report.answered > 0


def longest_gap(crowd: Crowd, since: float) -> float:
    """Return how long after `since` the first message pushed before it was answered."""
    waits = [
        answered - since for asked, answered in crowd.ledger.answers() if asked <= since < answered
    ]
    return max(waits, default=0.0)
