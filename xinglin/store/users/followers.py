"""Names of followers in Redis and logs: a keyed hash, the same in every process."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Literal

from xinglin.store import keys
from xinglin.store.connection import Client, store_errors

# Consent lasts a year, which is the longest that anything of a follower is kept by default.
_LONGEST_KEPT_S = 400 * 86_400


KeyUse = Literal["same", "mixed", "other"]


class Followers:
    """Hashes openids with one key: that of the settings, or one that Redis keeps.

    A key of Redis' own is gone when Redis comes back empty. The first process that notices puts
    the one back that it used before; one that finds another there takes that (`adopt`). So all
    processes, old and new, use the same, or a follower would be two.
    """

    def __init__(self, redis: Client, id_key: str) -> None:
        self._redis = redis
        self._key = id_key.encode()
        self.is_kept = not id_key

    @property
    def key(self) -> bytes:
        """The key in use."""
        if not self._key:
            with store_errors():
                self._redis.set(keys.ID_KEY, secrets.token_hex(32), nx=True)
                self._key = self._redis.get(keys.ID_KEY) or b""
        return self._key

    def adopt(self, key: bytes) -> None:
        """Use the key that stands in Redis from now on."""
        self._key = key

    def note_key(self) -> None:
        """Note that followers are kept under this key; a process of the service does, at start.

        Raises:
            StoreUnavailable: Redis is away.
        """
        mark = self._mark()
        with store_errors():
            now = self._redis.time()[0]
            self._redis.hset(keys.ID_MARKS, mark, now)
            for other, at in self._redis.hgetall(keys.ID_MARKS).items():
                if now - int(at) > _LONGEST_KEPT_S:
                    self._redis.hdel(keys.ID_MARKS, other)

    def key_use(self) -> KeyUse:
        """Return whether the service keeps followers under this key, and others under another one.

        Raises:
            StoreUnavailable: Redis is away.
        """
        mark = self._mark()
        with store_errors():
            marks = {other.decode() for other in self._redis.hkeys(keys.ID_MARKS)}
        if marks <= {mark}:
            return "same"
        return "mixed" if mark in marks else "other"

    def _mark(self) -> str:
        """Return what tells this key from another, and nobody the key."""
        return hmac.new(self.key, b"mark of an id key", hashlib.sha256).hexdigest()[:16]

    def user(self, openid: str) -> str:
        """Return what stands for a follower: 24 hexadecimal digits."""
        return hmac.new(self.key, openid.encode(), hashlib.sha256).hexdigest()[:24]
