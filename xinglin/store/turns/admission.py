"""Admission check of a push: replay, suspension, consent and pause in one Lua call."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from xinglin.store import keys
from xinglin.store.connection import Client, store_errors
from xinglin.store.keys import UserKeys
from xinglin.store.records import Standing
from xinglin.store.script import Script
from xinglin.store.users.followers import Followers

_DAY_S = 86_400


class Admission:
    """Ties signatures to messages, and knows who is suspended and who consented."""

    def __init__(self, redis: Client, followers: Followers, signature_age_s: int) -> None:
        # A signature may be as far in the future as in the past.
        self._keep_s = 2 * signature_age_s + 60 if signature_age_s else _DAY_S
        self._redis, self._followers = redis, followers
        self._admit = Script(redis, Path(__file__).with_name("admit.lua"))

    def admit(self, openid: str, *, proofs: Sequence[str], carried: str) -> tuple[str, Standing]:
        """Look a push up, and tie what proves it to what it carries.

        Args:
            openid: of the sender.
            proofs: the signatures that were verified; nothing that a caller can vary.
            carried: what tells this message from every other.

        Returns:
            What stands for the sender, and what is known.

        Raises:
            StoreUnavailable: Redis is away.
        """
        while True:
            user = self._followers.user(openid)
            known = self._call(user, proofs, carried)
            if len(known) > 1:
                return user, Standing(*map(bool, known))
            self._followers.adopt(known[0])

    def tie(self, *, proofs: Sequence[str], carried: str) -> bool:
        """Tie signatures to a message before it comes; False when they belong to another one.

        Raises:
            StoreUnavailable: Redis is away.
        """
        while len(known := self._call("", proofs, carried)) == 1:
            self._followers.adopt(known[0])
        return not known[0]

    def _call(self, user: str, proofs: Sequence[str], carried: str) -> list[Any]:
        ids = self._followers
        digests = [hashlib.sha256(proof.encode()).hexdigest()[:32] for proof in proofs]
        mark = hashlib.sha256(carried.encode("utf-8", "replace")).hexdigest()[:32]
        with store_errors():
            known: list[Any] = self._admit(
                suspended=keys.suspended(user),
                consent=UserKeys(user).consent,
                paused=keys.PAUSED,
                id_key=keys.ID_KEY,
                handover=UserKeys(user).handover,
                signatures=[keys.signature(digest) for digest in digests],
                carried=mark,
                keep_s=self._keep_s,
                own_key=ids.key if ids.is_kept else "",
            )
        return known
