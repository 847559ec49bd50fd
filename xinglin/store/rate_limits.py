"""Rate limits: rates as settings spell them, and counted attempts.

The library is imported where it is first used: a worker never does, and starts the sooner.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from xinglin.clock import SYSTEM, Clock
from xinglin.store.connection import Client, store_errors

if TYPE_CHECKING:
    from limits import RateLimitItem
    from limits.strategies import RateLimiter


def parse_rate(text: str) -> tuple[int, int]:
    """Return (amount, window in ms) of a rate such as `30/minute`; (0, 1) for none."""
    if not text:
        return 0, 1
    from limits import parse

    item = parse(text)
    return item.amount, 1000 * item.get_expiry()


class MinuteLimiter:
    """Counts what somebody tried in the running minute, for all processes.

    Questions are not counted here: that happens inside the step that takes them in, so that a
    retry of the platform costs nothing.
    """

    def __init__(self, redis: Client, clock: Clock = SYSTEM) -> None:
        self._redis, self._clock = redis, clock

    def wait_s(self, what: str, who: str, per_minute: int) -> int:
        """Return 0 when another try is allowed, else in how many seconds one will be."""
        item = _per_minute(per_minute, what)
        with store_errors():
            stats = self._limiter.get_window_stats(item, who)
            return 0 if stats.remaining > 0 else self._until(stats.reset_time)

    def count(self, what: str, who: str, per_minute: int) -> int:
        """Count a try; returns 0 when it was allowed, else the seconds until one will be."""
        item = _per_minute(per_minute, what)
        with store_errors():
            if self._limiter.hit(item, who):
                return 0
            return self._until(self._limiter.get_window_stats(item, who).reset_time)

    @cached_property
    def _limiter(self) -> RateLimiter:
        from limits.storage import RedisStorage
        from limits.strategies import FixedWindowRateLimiter

        storage = RedisStorage(
            "redis://",
            connection_pool=self._redis.connection_pool,
            key_prefix="xl",
            wrap_exceptions=False,
        )
        return FixedWindowRateLimiter(storage)

    def _until(self, reset_time: float) -> int:
        return max(1, min(60, int(reset_time - self._clock.now()) + 1))


def _per_minute(count: int, what: str) -> RateLimitItem:
    from limits import RateLimitItemPerMinute

    return RateLimitItemPerMinute(count, namespace=what)
