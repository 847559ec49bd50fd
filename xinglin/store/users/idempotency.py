"""Idempotency of commands: a retry of the platform gets the same answer and does nothing."""

from __future__ import annotations

from xinglin.store import keys
from xinglin.store.connection import Client, store_errors
from xinglin.store.encryption import Encryption, place
from xinglin.store.keys import UserKeys

ONCE_S = 3600  # longer than a signature is taken


# A process that died while it carried a command out leaves it to the platform's next try.
_BEGUN_S = 5


class Idempotency:
    """Answers given at once, so that a retry of the platform gets the same and does nothing."""

    def __init__(self, redis: Client, encryption: Encryption) -> None:
        self._redis, self._encryption = redis, encryption

    def first(self, user: str, message_id: str) -> bool:
        """Return whether this message is seen for the first time."""
        with store_errors():
            return bool(self._redis.set(UserKeys(user).once(message_id), "", nx=True, ex=_BEGUN_S))

    def keep(self, user: str, message_id: str, answer: str) -> None:
        """Remember the answer for as long as a retry may come."""
        with store_errors():
            kept = self._encryption.encrypt(answer, place("command", user, message_id))
            self._redis.set(UserKeys(user).once(message_id), kept, ex=ONCE_S)

    def erased(self, user: str, message_id: str) -> bool:
        """Return whether this message had all about the user erased already."""
        with store_errors():
            return bool(self._redis.exists(keys.erased(user, message_id)))

    def note_erased(self, user: str, message_id: str) -> None:
        """Note that it did; under no key that leads to the user."""
        with store_errors():
            self._redis.set(keys.erased(user, message_id), "1", ex=ONCE_S)

    def recall(self, user: str, message_id: str) -> str | None:
        """Return the answer given before; None when there is none yet."""
        with store_errors():
            raw = self._redis.get(UserKeys(user).once(message_id))
        return (
            self._encryption.decrypt_bytes(raw, place("command", user, message_id)) if raw else None
        )
