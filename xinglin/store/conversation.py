"""What is remembered of a user: history, pages, votes, and answers given at once."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Literal

from xinglin.store import keys
from xinglin.store.connection import Client, store_errors
from xinglin.store.keys import UserKeys
from xinglin.store.records import Turn, load, opened
from xinglin.store.register import Register
from xinglin.store.vault import Vault

_HOUR_S = 3600
_CONSENT_S = 365 * 86_400
_ONCE_S = 3600  # longer than a signature is taken


class Conversation:
    """The turns of each user, oldest first, within a byte budget and an idle time."""

    def __init__(self, redis: Client, vault: Vault) -> None:
        self._redis, self._vault = redis, vault

    def read(self, user: str) -> list[Turn]:
        """Return the remembered turns, oldest first.

        Raises:
            HistoryKeyError: they were sealed with a key that is not here; they stay.
        """
        with store_errors():
            rows = self._redis.lrange(UserKeys(user).of("hist"), 0, -1)
        return self.open(rows)

    def open(self, rows: Iterable[bytes]) -> list[Turn]:
        """Return the turns that are kept so.

        Raises:
            HistoryKeyError: they were sealed with a key that is not here.
        """
        return [opened(Turn(**load(row)), self._vault) for row in rows]

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
    """The rest of a long reply, until the follower asks for it."""

    def __init__(self, redis: Client, vault: Vault) -> None:
        self._redis, self._vault = redis, vault

    def keep(self, user: str, text: str, *, generated: bool) -> None:
        """Remember the rest for an hour."""
        kept = {"v": 1, "text": self._vault.seal(text), "generated": generated}
        value = json.dumps(kept, ensure_ascii=False)
        with store_errors():
            self._redis.set(UserKeys(user).of("page"), value, ex=_HOUR_S)

    def take(self, user: str) -> tuple[str, bool] | None:
        """Return (rest, generated) once."""
        with store_errors():
            raw = self._redis.getdel(UserKeys(user).of("page"))
        if not raw:
            return None
        fields = load(raw)
        return self._vault.open(fields["text"]), fields["generated"]

    def forget(self, user: str) -> None:
        """Drop the rest."""
        with store_errors():
            self._redis.delete(UserKeys(user).of("page"))


class Traces:
    """How replies to the console's followers came about, for an hour.

    `trace:ID` is the worker's story of the reply, `tries:ID` what the web side did about each try.
    """

    def __init__(self, redis: Client, vault: Vault) -> None:
        self._redis, self._vault = redis, vault

    def keep(self, user: str, message_id: str, story: str) -> None:
        """Remember the story of one reply, as JSON."""
        with store_errors():
            kept = self._vault.seal(story)
            self._redis.set(UserKeys(user).of(f"trace:{message_id}"), kept, ex=_HOUR_S)

    def tried(self, user: str, message_id: str, what: str) -> None:
        """Remember what was done about one try of a message, as JSON."""
        key = UserKeys(user).of(f"tries:{message_id}")
        with store_errors():
            self._redis.rpush(key, self._vault.seal(what))
            self._redis.expire(key, _HOUR_S)

    def tries(self, user: str, message_id: str) -> list[str]:
        """Return what was done about each try so far, the first one first."""
        with store_errors():
            rows = self._redis.lrange(UserKeys(user).of(f"tries:{message_id}"), 0, -1)
        return [self._vault.open(row.decode()) for row in rows]

    def read(self, user: str, message_id: str) -> str | None:
        """Return the story; None when there is none (yet)."""
        with store_errors():
            raw = self._redis.get(UserKeys(user).of(f"trace:{message_id}"))
        return self._vault.open(raw.decode()) if raw else None


class Feedback:
    """Votes on replies, and words for the operator."""

    def __init__(self, redis: Client, vault: Vault, keep_s: int) -> None:
        self._redis, self._vault = redis, vault
        self._register = Register(redis, keys.FEEDBACK, keep_s)
        self.drop, self.forget = self._register.drop, self._register.forget
        self.sweep = self._register.sweep

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
        self._register.add(user=user, text=self._vault.seal(text[:1000]))
        with store_errors():
            self._redis.hincrby(keys.COUNTERS, "comments", 1)

    def entries(self) -> list[dict[str, Any]]:
        """Return what was said, newest first: name, user, at, text.

        Raises:
            HistoryKeyError: it was sealed with a key that is not here; it stays.
        """
        found = self._register.entries()
        return [entry | {"text": self._vault.open(entry["text"])} for entry in found]


class Once:
    """Answers given at once, so that a retry of the platform gets the same and does nothing."""

    def __init__(self, redis: Client, vault: Vault) -> None:
        self._redis, self._vault = redis, vault

    def first(self, user: str, message_id: str) -> bool:
        """Return whether this message is seen for the first time."""
        with store_errors():
            return bool(
                self._redis.set(UserKeys(user).of(f"once:{message_id}"), "", nx=True, ex=_ONCE_S)
            )

    def keep(self, user: str, message_id: str, answer: str) -> None:
        """Remember the answer for as long as a retry may come."""
        with store_errors():
            kept = self._vault.seal(answer)
            self._redis.set(UserKeys(user).of(f"once:{message_id}"), kept, ex=_ONCE_S)

    def recall(self, user: str, message_id: str) -> str | None:
        """Return the answer given before; None when there is none yet."""
        with store_errors():
            raw = self._redis.get(UserKeys(user).of(f"once:{message_id}"))
        return self._vault.open(raw.decode()) if raw else None
