"""What is asked about every push before anything is done about it, in one step."""

from __future__ import annotations

import hashlib
import hmac

from xinglin.store import keys, scripts
from xinglin.store.connection import Client, store_errors
from xinglin.store.keys import UserKeys
from xinglin.store.records import Standing


class Gate:
    """Ties signatures to messages, and knows who is suspended and who consented."""

    def __init__(self, redis: Client, signature_age_s: int) -> None:
        # A signature may be as far in the future as in the past.
        self._keep_s = 2 * signature_age_s + 60 if signature_age_s else 0
        self._redis = redis
        self._admit = redis.register_script(scripts.ADMIT)

    def admit(self, user: str, *, proof: str, carried: str) -> Standing:
        """Look a push up.

        Args:
            user: hashed id.
            proof: the signature and what it signs.
            carried: what tells this message from every other.

        Raises:
            StoreUnavailable: Redis is away.
        """
        own = UserKeys(user)
        mark = hmac.new(user.encode(), carried.encode("utf-8", "replace"), hashlib.sha256)
        digest = hashlib.sha256(proof.encode("utf-8", "replace")).hexdigest()[:32]
        with store_errors():
            strange, suspended, consented, paused = self._admit(
                keys=[
                    keys.signature(digest),
                    keys.suspended(user),
                    own.of("consent"),
                    keys.PAUSED,
                ],
                args=[mark.hexdigest()[:16], self._keep_s],
            )
        return Standing(bool(strange), bool(suspended), bool(consented), bool(paused))
