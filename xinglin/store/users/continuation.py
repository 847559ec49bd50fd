"""Continuation (继续): the rest of a long reply, or the oldest reply that nobody has read.

A tap that is repeated, by the platform or by the follower's network, must give what it gave, and
must not move on. So a page is turned in two steps: look at what comes next, then take it together
with the answer that was made of it; the second step changes nothing when another copy of the tap
was first, or when something else comes next by now.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from xinglin.errors import UnboundError, UnreadableRecord
from xinglin.store import keys
from xinglin.store.connection import Client, store_errors
from xinglin.store.encryption import Encryption, place
from xinglin.store.keys import UserKeys
from xinglin.store.records import Page, Reply, decrypted, dump, encrypted, read_record
from xinglin.store.script import Script
from xinglin.store.users.idempotency import ONCE_S
from xinglin.store.users.pages import PAGE_S

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Next:
    """Text that a tap finds.

    Attributes:
        kind: `given` before for the same tap, the rest of a `page`, a `reply` that nobody has
            read, one that is still being made or sent (`pending`), or `nothing`.
        text: what was given, or is to be cut into pages.
        generated: whether a model wrote it.
        mark: tells whether it still comes next when it is taken.
    """

    kind: Literal["given", "page", "reply", "pending", "nothing"]
    text: str = ""
    generated: bool = False
    mark: bytes = b""


class Continuation:
    """Turns pages, each tap once."""

    def __init__(self, redis: Client, encryption: Encryption) -> None:
        self._redis, self._encryption = redis, encryption
        self._next = Script(redis, Path(__file__).with_name("next.lua"))
        self._turn = Script(redis, Path(__file__).with_name("turn_page.lua"))

    def look(self, user: str, message_id: str) -> Next:
        """Return what this tap gives, without taking it."""
        own = UserKeys(user)
        while True:
            with store_errors():
                kind, raw, mark = self._next(
                    given_key=own.once(message_id),
                    page_key=own.page,
                    unread=own.unread,
                    inbox=own.inbox,
                    outbox=own.outbox,
                    replies=own.replies,
                )
            try:
                return self._decrypted(user, message_id, kind.decode(), raw, mark)
            except (UnreadableRecord, UnboundError):
                logger.warning("reply_unreadable", extra={"user": user[:8]})
                self._drop(user, kind, mark)

    def take(
        self, user: str, message_id: str, found: Next, answer: str, rest: str = ""
    ) -> str | None:
        """Take what `look` found, and keep the answer for as long as the tap may be repeated.

        Args:
            user: hashed id.
            message_id: of the tap.
            found: what `look` returned.
            answer: what the follower reads.
            rest: what is left of the text for the next tap.

        Returns:
            The answer that stands, of this copy of the tap or of an earlier one; None when
            something else comes next by now: look again.
        """
        own = UserKeys(user)
        left = encrypted(Page(rest, found.generated), self._encryption, user) if rest else None
        given = place("command", user, message_id)
        reply_id = found.mark.decode() if found.kind == "reply" else ""
        with store_errors():
            stands = self._turn(
                given_key=own.once(message_id),
                page_key=own.page,
                unread=own.unread,
                handed=own.handed,
                undelivered=keys.UNDELIVERED,
                untold=own.untold,
                kind=found.kind,
                mark=found.mark,
                answer=self._encryption.encrypt(answer, given),
                next_page=dump(left) if left else "",
                page_s=PAGE_S,
                keep_s=ONCE_S,
                member=f"{user}|{reply_id}",
            )
        return self._encryption.decrypt_bytes(stands, given) if stands else None

    def _decrypted(self, user: str, message_id: str, kind: str, raw: bytes, mark: bytes) -> Next:
        if kind == "given":
            where = place("command", user, message_id)
            return Next("given", self._encryption.decrypt_bytes(raw, where))
        if kind == "page":
            page = decrypted(read_record(Page, raw), self._encryption, user)
            return Next("page", page.text, page.generated, raw)
        if kind == "reply":
            reply = decrypted(read_record(Reply, raw), self._encryption, user)
            return Next("reply", reply.text, reply.generated, mark)
        return Next("pending" if kind == "pending" else "nothing")

    def _drop(self, user: str, kind: bytes, mark: bytes) -> None:
        """Pass over what cannot be read, so that what comes behind it can."""
        own = UserKeys(user)
        with store_errors():
            if kind == b"page":
                self._redis.delete(own.page)
            else:
                self._redis.lrem(own.unread, 0, mark)
