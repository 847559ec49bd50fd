"""What is remembered of a user: history, pages, votes, and answers given at once."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Literal

from xinglin.store import keys
from xinglin.store.connection import Client, store_errors
from xinglin.store.keys import UserKeys
from xinglin.store.records import Turn, load

_HOUR_S = 3600
_ONCE_S = 3600  # longer than a signature is taken


class Conversation:
    """The turns of each user, oldest first, within a byte budget and an idle time."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    def read(self, user: str) -> list[Turn]:
        """Return the remembered turns, oldest first."""
        with store_errors():
            rows = self._redis.lrange(UserKeys(user).of("hist"), 0, -1)
        return [Turn(**load(row)) for row in rows]

    def reset(self, user: str) -> None:
        """Forget the turns, and the rest of a long reply."""
        own = UserKeys(user)
        with store_errors():
            self._redis.delete(own.of("hist"), own.of("page"), own.of("last"))


class Pages:
    """The rest of a long reply, until the follower asks for it."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    def keep(self, user: str, text: str, *, generated: bool) -> None:
        """Remember the rest for an hour."""
        value = json.dumps({"v": 1, "text": text, "generated": generated}, ensure_ascii=False)
        with store_errors():
            self._redis.set(UserKeys(user).of("page"), value, ex=_HOUR_S)

    def take(self, user: str) -> tuple[str, bool] | None:
        """Return (rest, generated) once."""
        with store_errors():
            raw = self._redis.getdel(UserKeys(user).of("page"))
        if not raw:
            return None
        fields = load(raw)
        return fields["text"], fields["generated"]


class Feedback:
    """Votes on replies, and words for the operator."""

    def __init__(self, redis: Client, now: Callable[[], float] = time.time) -> None:
        self._redis, self._now = redis, now

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
        entry = {"v": 1, "user": user, "at": self._now(), "text": text[:1000]}
        with store_errors():
            self._redis.lpush(keys.FEEDBACK, json.dumps(entry, ensure_ascii=False))
            self._redis.ltrim(keys.FEEDBACK, 0, 999)
            self._redis.hincrby(keys.COUNTERS, "comments", 1)


class Once:
    """Answers given at once, so that a retry of the platform gets the same and does nothing."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    def first(self, user: str, message_id: str) -> bool:
        """Return whether this message is seen for the first time."""
        with store_errors():
            return bool(
                self._redis.set(UserKeys(user).of(f"once:{message_id}"), "", nx=True, ex=_ONCE_S)
            )

    def keep(self, user: str, message_id: str, answer: str) -> None:
        """Remember the answer for as long as a retry may come."""
        with store_errors():
            self._redis.set(UserKeys(user).of(f"once:{message_id}"), answer, ex=_ONCE_S)

    def recall(self, user: str, message_id: str) -> str | None:
        """Return the answer given before; None when there is none yet."""
        with store_errors():
            raw = self._redis.get(UserKeys(user).of(f"once:{message_id}"))
        return raw.decode() if raw else None
