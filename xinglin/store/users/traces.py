"""Traces of replies to the console's followers, for an hour."""

from __future__ import annotations

from xinglin.store.connection import Client, store_errors
from xinglin.store.encryption import Encryption, place
from xinglin.store.keys import UserKeys
from xinglin.store.users.pages import PAGE_S


class Traces:
    """Origins of replies to the console's followers, for an hour.

    `trace:ID` is the worker's story of the reply, `tries:ID` what the web side did about each try.
    """

    def __init__(self, redis: Client, encryption: Encryption) -> None:
        self._redis, self._encryption = redis, encryption

    def keep(self, user: str, message_id: str, story: str) -> None:
        """Remember the story of one reply, as JSON."""
        with store_errors():
            kept = self._encryption.encrypt(story, place("trace", user, message_id))
            self._redis.set(UserKeys(user).trace(message_id), kept, ex=PAGE_S)

    def tried(self, user: str, message_id: str, what: str) -> None:
        """Remember what was done about one try of a message, as JSON."""
        key = UserKeys(user).tries(message_id)
        with store_errors():
            self._redis.rpush(key, self._encryption.encrypt(what, place("try", user, message_id)))
            self._redis.expire(key, PAGE_S)

    def tries(self, user: str, message_id: str) -> list[str]:
        """Return what was done about each try so far, the first one first."""
        with store_errors():
            rows = self._redis.lrange(UserKeys(user).tries(message_id), 0, -1)
        return [self._encryption.decrypt_bytes(row, place("try", user, message_id)) for row in rows]

    def read(self, user: str, message_id: str) -> str | None:
        """Return the story; None when there is none (yet)."""
        with store_errors():
            raw = self._redis.get(UserKeys(user).trace(message_id))
        return (
            self._encryption.decrypt_bytes(raw, place("trace", user, message_id)) if raw else None
        )
