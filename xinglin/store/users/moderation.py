"""Who the operator suspended."""

from __future__ import annotations

from xinglin.store import keys
from xinglin.store.connection import Client, store_errors

SHORTEST_ID = 8


class Moderation:
    """Suspensions end by themselves, and outlive what erasing a user erases."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    def resolve(self, prefix: str) -> list[str]:
        """Return the users of whom anything is kept and whose id begins so (logs show 8 digits)."""
        if len(prefix) < SHORTEST_ID:
            return []
        with store_errors():
            found = self._redis.scan_iter(f"xl:{{{prefix}*}}:*", count=1000)
            return sorted({key.decode()[4:].partition("}")[0] for key in found})

    def suspend(self, user: str, seconds: int) -> None:
        """Take no questions of a user for a time."""
        with store_errors():
            self._redis.set(keys.suspended(user), "1", ex=seconds)

    def restore(self, user: str) -> bool:
        """End a suspension; False when there was none."""
        with store_errors():
            return bool(self._redis.delete(keys.suspended(user)))

    def left_s(self, user: str) -> int:
        """Return for how many seconds a user is still suspended; 0 for not."""
        with store_errors():
            return max(0, int(self._redis.ttl(keys.suspended(user))))
