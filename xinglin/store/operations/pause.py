"""Whether questions are taken at all; the operator may pause that for a while."""

from __future__ import annotations

from xinglin.store import keys
from xinglin.store.connection import Client, store_errors

LONGEST_S = 7 * 86_400


class Pause:
    """Ends by itself, so that one who forgets it does not silence the account for good.

    What was accepted before is answered; so are danger signs, and commands are carried out.
    """

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    def begin(self, seconds: int) -> None:
        """Take no questions for so long."""
        with store_errors():
            self._redis.set(keys.PAUSED, "1", ex=max(1, min(seconds, LONGEST_S)))

    def end(self) -> bool:
        """Take questions again; False when they were taken anyway."""
        with store_errors():
            return bool(self._redis.delete(keys.PAUSED))

    def left_s(self) -> int:
        """Return for how many seconds more; 0 for not paused."""
        with store_errors():
            return max(0, int(self._redis.ttl(keys.PAUSED)))
