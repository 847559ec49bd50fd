"""What is remembered of a user: history, pages, votes, and answers given at once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from typing import Any, Literal

from xinglin.errors import UnboundError, UnreadableRecord
from xinglin.store import delivery_scripts, keys
from xinglin.store.bounded_list import BoundedList
from xinglin.store.connection import Client, store_errors
from xinglin.store.encryption import Encryption, place
from xinglin.store.keys import UserKeys
from xinglin.store.records import Page, Turn, decrypted, dump, encrypted, read_record

logger = logging.getLogger(__name__)
PAGE_S = 3600
_CONSENT_S = 365 * 86_400
ONCE_S = 3600  # longer than a signature is taken
# A process that died while it carried a command out leaves it to the platform's next try.
_BEGUN_S = 5


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
            rows = self._redis.lrange(UserKeys(user).of("hist"), 0, -1)
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
                self._redis.set(own.of("consent"), "1", ex=_CONSENT_S)
            else:
                gone = ("consent", "hist", "page", "said")
                self._redis.delete(*(own.of(name) for name in gone))
                self._redis.incr(keys.FORGOTTEN)

    def reset(self, user: str) -> None:
        """Forget the turns, what was said of a body, and the rest of a long reply."""
        own = UserKeys(user)
        with store_errors():
            self._redis.delete(*(own.of(name) for name in ("hist", "page", "last", "said")))
            self._redis.incr(keys.FORGOTTEN)

    def forgotten(self) -> int:
        """Return how often somebody's turns were to be forgotten; it only grows."""
        with store_errors():
            return int(self._redis.get(keys.FORGOTTEN) or 0)


class Pages:
    """The rest of a long reply, until the follower asks for it (`continuation.py`)."""

    def __init__(self, redis: Client, encryption: Encryption) -> None:
        self._redis, self._encryption = redis, encryption
        self._begin = redis.register_script(delivery_scripts.BEGIN_PAGES)

    def begin(self, user: str, message_id: str, text: str, *, generated: bool) -> None:
        """Remember the rest of the answer to a message for an hour, once for all its retries."""
        own, page = UserKeys(user), encrypted(Page(text, generated), self._encryption, user)
        with store_errors():
            self._begin(
                keys=[own.of(f"paged:{message_id}"), own.of("page")],
                args=[dump(page), PAGE_S, ONCE_S],
            )

    def forget(self, user: str) -> None:
        """Drop the rest."""
        with store_errors():
            self._redis.delete(UserKeys(user).of("page"))


class Traces:
    """How replies to the console's followers came about, for an hour.

    `trace:ID` is the worker's story of the reply, `tries:ID` what the web side did about each try.
    """

    def __init__(self, redis: Client, encryption: Encryption) -> None:
        self._redis, self._encryption = redis, encryption

    def keep(self, user: str, message_id: str, story: str) -> None:
        """Remember the story of one reply, as JSON."""
        with store_errors():
            kept = self._encryption.encrypt(story, place("trace", user, message_id))
            self._redis.set(UserKeys(user).of(f"trace:{message_id}"), kept, ex=PAGE_S)

    def tried(self, user: str, message_id: str, what: str) -> None:
        """Remember what was done about one try of a message, as JSON."""
        key = UserKeys(user).of(f"tries:{message_id}")
        with store_errors():
            self._redis.rpush(key, self._encryption.encrypt(what, place("try", user, message_id)))
            self._redis.expire(key, PAGE_S)

    def tries(self, user: str, message_id: str) -> list[str]:
        """Return what was done about each try so far, the first one first."""
        with store_errors():
            rows = self._redis.lrange(UserKeys(user).of(f"tries:{message_id}"), 0, -1)
        return [_open(self._encryption, row, place("try", user, message_id)) for row in rows]

    def read(self, user: str, message_id: str) -> str | None:
        """Return the story; None when there is none (yet)."""
        with store_errors():
            raw = self._redis.get(UserKeys(user).of(f"trace:{message_id}"))
        return _open(self._encryption, raw, place("trace", user, message_id)) if raw else None


class Feedback:
    """Votes on replies, and words for the operator."""

    def __init__(self, redis: Client, encryption: Encryption, keep_s: int) -> None:
        self._redis, self._encryption = redis, encryption
        self._list = BoundedList(redis, keys.FEEDBACK, keep_s)
        self.drop, self.forget = self._list.drop, self._list.forget
        self.sweep = self._list.sweep

    def vote(self, user: str, value: Literal[1, -1]) -> bool:
        """Count one vote on the user's last reply; False when there is nothing to vote on."""
        own = UserKeys(user)
        with store_errors():
            if not self._redis.getdel(own.of("last")):
                return False
            self._redis.hincrby(keys.COUNTERS, "votes_up" if value > 0 else "votes_down", 1)
        return True

    def comment(self, user: str, text: str) -> None:
        """Keep words for the operator, at most 1,000 of the newest."""
        encrypted = self._encryption.encrypt(text[:1000], place("feedback", user))
        self._list.add(user=user, text=encrypted)
        with store_errors():
            self._redis.hincrby(keys.COUNTERS, "comments", 1)

    def entries(self) -> list[dict[str, Any]]:
        """Return what was said, newest first: name, user, at, text.

        Raises:
            HistoryKeyError: it was sealed with a key that is not here; it stays.
        """
        return [self._readable(entry) for entry in self._list.entries()]

    def _readable(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Return an entry with its words; `unreadable` where they are somebody else's."""
        try:
            where = place("feedback", str(entry["user"]))
            return entry | {"text": self._encryption.decrypt(str(entry.get("text", "")), where)}
        except UnboundError:
            return entry | {"text": "", "unreadable": True}


class Idempotency:
    """Answers given at once, so that a retry of the platform gets the same and does nothing."""

    def __init__(self, redis: Client, encryption: Encryption) -> None:
        self._redis, self._encryption = redis, encryption

    def first(self, user: str, message_id: str) -> bool:
        """Return whether this message is seen for the first time."""
        with store_errors():
            return bool(
                self._redis.set(UserKeys(user).of(f"once:{message_id}"), "", nx=True, ex=_BEGUN_S)
            )

    def keep(self, user: str, message_id: str, answer: str) -> None:
        """Remember the answer for as long as a retry may come."""
        with store_errors():
            kept = self._encryption.encrypt(answer, place("command", user, message_id))
            self._redis.set(UserKeys(user).of(f"once:{message_id}"), kept, ex=ONCE_S)

    def erased(self, user: str, message_id: str) -> bool:
        """Whether this message had all about the user erased already."""
        with store_errors():
            return bool(self._redis.exists(keys.erased(user, message_id)))

    def note_erased(self, user: str, message_id: str) -> None:
        """Note that it did; under no key that leads to the user."""
        with store_errors():
            self._redis.set(keys.erased(user, message_id), "1", ex=ONCE_S)

    def recall(self, user: str, message_id: str) -> str | None:
        """Return the answer given before; None when there is none yet."""
        with store_errors():
            raw = self._redis.get(UserKeys(user).of(f"once:{message_id}"))
        return _open(self._encryption, raw, place("command", user, message_id)) if raw else None


def _open(encryption: Encryption, raw: bytes, where: str) -> str:
    return encryption.decrypt(raw.decode("utf-8", "replace"), where)
