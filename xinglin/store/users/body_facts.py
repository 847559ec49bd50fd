"""What a follower said of a body, for as long as the conversation is kept.

A pregnancy, an infant, an illness or a medicine that was named still counts in the turns after,
also where the turn got a fixed answer and is in no history. Kept are the names of the kinds, not
words.
"""

from __future__ import annotations

from collections.abc import Set

from xinglin.errors import HistoryKeyError
from xinglin.safety.said import FACTS, Fact
from xinglin.store.connection import Client, store_errors
from xinglin.store.encryption import Encryption, place
from xinglin.store.keys import UserKeys


class BodyFacts:
    """The kinds of facts that each follower spoke of."""

    def __init__(self, redis: Client, encryption: Encryption) -> None:
        self._redis, self._encryption = redis, encryption

    def read(self, user: str) -> frozenset[Fact]:
        """Return the kinds; none where they were sealed with a key that is not here."""
        with store_errors():
            raw = self._redis.get(UserKeys(user).of("said"))
        if not raw:
            return frozenset()
        try:
            names = self._encryption.decrypt(
                raw.decode("utf-8", "replace"), place("said", user)
            ).split(",")
        except HistoryKeyError:
            return frozenset()
        return frozenset(fact for fact in FACTS if fact in names)

    def add(self, user: str, facts: Set[Fact], keep_s: int) -> frozenset[Fact]:
        """Remember more kinds; returns all of them."""
        known = self.read(user) | facts
        names = ",".join(fact for fact in FACTS if fact in known)
        kept = self._encryption.encrypt(names, place("said", user))
        with store_errors():
            self._redis.set(UserKeys(user).of("said"), kept, ex=keep_s)
        return known
