"""The conversation of each user: turns, consent, and what makes them forgotten."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator

from xinglin.errors import UnboundError, UnreadableRecord
from xinglin.store import keys
from xinglin.store.connection import Client, store_errors
from xinglin.store.encryption import Encryption
from xinglin.store.keys import UserKeys
from xinglin.store.records import Turn, decrypted, read_record

logger = logging.getLogger(__name__)
_CONSENT_S = 365 * 86_400


class Conversation:
    """The turns of each user, oldest first, within a byte budget and an idle time."""

    def __init__(self, redis: Client, encryption: Encryption) -> None:
        self._redis, self._encryption = redis, encryption

    def read(self, user: str) -> list[Turn]:
        """Return the remembered turns, oldest first.

        Raises:
            HistoryKeyError: they were sealed with a key that is not here; they stay.
        """
        with store_errors():
            rows = self._redis.lrange(UserKeys(user).history, 0, -1)
        return self.open(user, rows)

    def open(self, user: str, rows: Iterable[bytes]) -> list[Turn]:
        """Return the turns of a user, without those that are damaged or somebody else's.

        Raises:
            HistoryKeyError: they were sealed with a key that is not here.
        """
        return list(self._readable(user, rows))

    def _readable(self, user: str, rows: Iterable[bytes]) -> Iterator[Turn]:
        for row in rows:
            try:
                yield decrypted(read_record(Turn, row), self._encryption, user)
            except UnboundError:
                logger.error("turn_left_out", extra={"user": user[:8]})
            except UnreadableRecord as error:
                logger.warning("turn_unreadable", extra={"error": str(error)})

    def consent(self, user: str, *, agreed: bool) -> None:
        """Note for a year that a follower agreed, or take that back and forget the turns."""
        own = UserKeys(user)
        with store_errors():
            if agreed:
                self._redis.set(own.consent, "1", ex=_CONSENT_S)
            else:
                self._redis.delete(
                    own.consent,
                    own.history,
                    own.page,
                    own.body_facts,
                    own.drafts,
                    own.handover_said,
                )
                self._redis.incr(keys.FORGOTTEN)

    def reset(self, user: str) -> None:
        """Forget the turns, what was said of a body, and the rest of a long reply."""
        own = UserKeys(user)
        with store_errors():
            self._redis.delete(own.history, own.page, own.last, own.drafts, own.body_facts)
            self._redis.incr(keys.FORGOTTEN)

    def forgotten(self) -> int:
        """Return how often somebody's turns were to be forgotten; it only grows."""
        with store_errors():
            return int(self._redis.get(keys.FORGOTTEN) or 0)
