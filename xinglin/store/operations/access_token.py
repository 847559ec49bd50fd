"""The platform's access token, shared by all processes: one refresh for all."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from redis.exceptions import LockError

from xinglin.errors import PlatformBusy, PlatformError
from xinglin.store import keys
from xinglin.store.connection import Client, store_errors

Fetch = Callable[[bool], tuple[str, int]]
_EARLY_S = 300
_WAIT_S = 12.0


class TokenCache:
    """Keeps the token until shortly before it expires."""

    def __init__(self, redis: Client, sleep: Callable[[float], None] = time.sleep) -> None:
        self._redis, self._sleep = redis, sleep

    def token(self, fetch: Fetch, *, stale: str | None = None) -> str:
        """Return a token that is not `stale`.

        Args:
            fetch: asks the platform, `fetch(force)` -> (token, seconds it lasts); called by one
                process at a time, while the others wait for its result.
            stale: a token that the platform has just refused.

        Raises:
            PlatformBusy: another process' refresh took too long.
        """
        if token := self._usable(stale):
            return token
        with store_errors():
            lock = self._redis.lock(
                keys.TOKEN_LOCK, timeout=30, blocking_timeout=_WAIT_S, sleep=0.05
            )
            if not lock.acquire():
                raise PlatformBusy("another process has been refreshing the access token too long")
            try:
                if token := self._usable(stale):
                    return token
                token, lasts_s = self._counted(fetch, force=False)
                if token == stale:  # forcing is allowed 20 times a day
                    token, lasts_s = self._counted(fetch, force=True)
                self._redis.set(keys.TOKEN, token, ex=max(30, lasts_s - _EARLY_S))
                return token
            finally:
                with contextlib.suppress(LockError):  # it expired: the next one refreshes itself
                    lock.release()

    def _counted(self, fetch: Fetch, *, force: bool) -> tuple[str, int]:
        try:
            found = fetch(force)
        except PlatformError:
            self._redis.hincrby(keys.COUNTERS, "token_refresh_failed", 1)
            raise
        self._redis.hincrby(keys.COUNTERS, "token_refresh_ok", 1)
        return found

    def _usable(self, stale: str | None) -> str | None:
        with store_errors():
            raw = self._redis.get(keys.TOKEN)
        token = raw.decode() if raw else None
        return token if token and token != stale else None
