"""Names of followers in Redis and logs: a keyed hash, the same in every process."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from xinglin.store import keys
from xinglin.store.connection import Client, store_errors


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

    def user(self, openid: str) -> str:
        """Return what stands for a follower: 24 hexadecimal digits."""
        return hmac.new(self.key, openid.encode(), hashlib.sha256).hexdigest()[:24]
