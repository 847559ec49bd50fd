"""Admission check of a push: replay, suspension, consent and pause in one Lua call."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from xinglin.store import keys, scripts
from xinglin.store.connection import Client, store_errors
from xinglin.store.keys import UserKeys
from xinglin.store.records import Standing

_DAY_S = 86_400


class Gate:
    """Ties signatures to messages, and knows who is suspended and who consented."""

    def __init__(self, redis: Client, signature_age_s: int) -> None:
        # A signature may be as far in the future as in the past.
        self._keep_s = 2 * signature_age_s + 60 if signature_age_s else _DAY_S
        self._redis = redis
        self._admit = redis.register_script(scripts.ADMIT)

    def admit(self, user: str, *, proofs: Sequence[str], carried: str) -> Standing:
        """Look a push up, and tie what proves it to what it carries.

        Args:
            user: hashed id.
            proofs: the signatures that were verified; nothing that a caller can vary.
            carried: what tells this message from every other.

        Raises:
            StoreUnavailable: Redis is away.
        """
        found = self._call(proofs, carried, [keys.suspended(user), UserKeys(user).of("consent")])
        strange, suspended, consented, paused = (bool(value) for value in found)
        return Standing(strange, suspended, consented, paused)

    def tie(self, *, proofs: Sequence[str], carried: str) -> bool:
        """Tie signatures to a message before it comes; False when they belong to another one.

        Raises:
            StoreUnavailable: Redis is away.
        """
        nobody = [keys.suspended(""), UserKeys("").of("consent")]
        return not self._call(proofs, carried, nobody)[0]

    def _call(self, proofs: Sequence[str], carried: str, of_user: list[str]) -> list[int]:
        digests = [hashlib.sha256(proof.encode()).hexdigest()[:32] for proof in proofs]
        mark = hashlib.sha256(carried.encode("utf-8", "replace")).hexdigest()[:32]
        with store_errors():
            found: list[int] = self._admit(
                keys=[*of_user, keys.PAUSED, *(keys.signature(digest) for digest in digests)],
                args=[mark, self._keep_s],
            )
        return found
