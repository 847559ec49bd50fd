"""How often something may happen: rates as settings spell them, and counted tries."""

from __future__ import annotations

import time

from limits import RateLimitItemPerMinute, parse
from limits.storage import RedisStorage
from limits.strategies import FixedWindowRateLimiter

from xinglin.store.connection import Client, store_errors


def parse_rate(text: str) -> tuple[int, int]:
    """Return (amount, window in ms) of a rate such as `30/minute`; (0, 1) for none."""
    if not text:
        return 0, 1
    item = parse(text)
    return item.amount, 1000 * item.get_expiry()


class Tries:
    """Counts what somebody tried in the running minute, for all processes.

    Questions are not counted here: that happens inside the step that takes them in, so that a
    retry of the platform costs nothing.
    """

    def __init__(self, redis: Client) -> None:
        storage = RedisStorage(
            "redis://",
            connection_pool=redis.connection_pool,
            key_prefix="xl",
            wrap_exceptions=False,
        )
        self._limiter = FixedWindowRateLimiter(storage)

    def wait_s(self, what: str, who: str, per_minute: int) -> int:
        """Return 0 when another try is allowed, else in how many seconds one will be."""
        item = RateLimitItemPerMinute(per_minute, namespace=what)
        with store_errors():
            stats = self._limiter.get_window_stats(item, who)
            return 0 if stats.remaining > 0 else self._until(stats.reset_time)

    def count(self, what: str, who: str, per_minute: int) -> int:
        """Count a try; returns 0 when it was allowed, else the seconds until one will be."""
        item = RateLimitItemPerMinute(per_minute, namespace=what)
        with store_errors():
            if self._limiter.hit(item, who):
                return 0
            return self._until(self._limiter.get_window_stats(item, who).reset_time)

    @staticmethod
    def _until(reset_time: float) -> int:
        return max(1, min(60, int(reset_time - time.time()) + 1))
