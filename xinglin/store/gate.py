"""What is asked about every push before anything is done about it, in one step."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from xinglin.store import keys, scripts
from xinglin.store.connection import Client, store_errors
from xinglin.store.followers import Followers
from xinglin.store.keys import UserKeys
from xinglin.store.records import Standing


class Gate:
    """Ties signatures to messages, and knows who is suspended and who consented."""

    def __init__(self, redis: Client, followers: Followers, signature_age_s: int) -> None:
        # A signature may be as far in the future as in the past.
        self._keep_s = 2 * signature_age_s + 60 if signature_age_s else 0
        self._redis, self._followers = redis, followers
        self._admit = redis.register_script(scripts.ADMIT)

    def admit(self, openid: str, *, proof: str, carried: str) -> tuple[str, Standing]:
        """Look a push up; returns what stands for its sender, and what is known.

        Args:
            openid: of the sender.
            proof: the signature and what it signs.
            carried: what tells this message from every other.

        Raises:
            StoreUnavailable: Redis is away.
        """
        while True:
            user = self._followers.user(openid)
            known = self._look_up(user, proof, carried)
            if len(known) > 1:
                return user, Standing(*map(bool, known))
            self._followers.adopt(known[0])

    def _look_up(self, user: str, proof: str, carried: str) -> list[Any]:
        own, ids = UserKeys(user), self._followers
        mark = hmac.new(user.encode(), carried.encode("utf-8", "replace"), hashlib.sha256)
        digest = hashlib.sha256(proof.encode("utf-8", "replace")).hexdigest()[:32]
        with store_errors():
            known: list[Any] = self._admit(
                keys=[
                    keys.signature(digest),
                    keys.suspended(user),
                    own.of("consent"),
                    keys.PAUSED,
                    keys.ID_KEY,
                ],
                args=[mark.hexdigest()[:16], self._keep_s, ids.key if ids.is_kept else ""],
            )
        return known
