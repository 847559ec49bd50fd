"""The rest of a long reply, until the follower asks for it (`continuation.py`)."""

from __future__ import annotations

from pathlib import Path

from xinglin.store.connection import Client, store_errors
from xinglin.store.encryption import Encryption
from xinglin.store.keys import UserKeys
from xinglin.store.records import Page, dump, encrypted
from xinglin.store.script import Script
from xinglin.store.users.idempotency import ONCE_S

PAGE_S = 3600


class Pages:
    """The rest of a long reply, until the follower asks for it (`continuation.py`)."""

    def __init__(self, redis: Client, encryption: Encryption) -> None:
        self._redis, self._encryption = redis, encryption
        self._begin = Script(redis, Path(__file__).with_name("begin_pages.lua"))

    def begin(self, user: str, message_id: str, text: str, *, generated: bool) -> None:
        """Remember the rest of the answer to a message for an hour, once for all its retries."""
        own, page = UserKeys(user), encrypted(Page(text, generated), self._encryption, user)
        with store_errors():
            self._begin(
                paged=own.paged(message_id),
                page=own.page,
                rest=dump(page),
                page_s=PAGE_S,
                keep_s=ONCE_S,
            )

    def forget(self, user: str) -> None:
        """Drop the rest."""
        with store_errors():
            self._redis.delete(UserKeys(user).page)
