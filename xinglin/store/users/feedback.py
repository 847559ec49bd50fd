"""Votes on replies, and words for the operator."""

from __future__ import annotations

from typing import Any, Literal

from xinglin.errors import UnboundError
from xinglin.store import keys
from xinglin.store.bounded_list import BoundedList
from xinglin.store.connection import Client, store_errors
from xinglin.store.encryption import Encryption, place
from xinglin.store.keys import UserKeys
from xinglin.store.operations.metrics import Metrics
from xinglin.store.users.votes import Votes


class Feedback:
    """Votes on replies, and words for the operator."""

    def __init__(
        self, redis: Client, encryption: Encryption, metrics: Metrics, votes: Votes, keep_s: int
    ) -> None:
        self._redis, self._encryption, self._metrics = redis, encryption, metrics
        self._votes = votes
        self._list = BoundedList(redis, keys.FEEDBACK, keep_s)
        self.drop, self.forget = self._list.drop, self._list.forget
        self.sweep = self._list.sweep

    def vote(self, user: str, value: Literal[1, -1]) -> bool:
        """Count one vote on the user's last reply; False when there is nothing to vote on.

        What it is about is kept, too, of a follower who agreed.
        """
        own = UserKeys(user)
        with store_errors():
            last = self._redis.getdel(own.last)
        if not last:
            return False
        self._votes.keep(user, last.decode("utf-8", "replace"), value)
        self._metrics.count("feedback", "up" if value > 0 else "down")
        return True

    def comment(self, user: str, text: str) -> None:
        """Keep words for the operator, at most 1,000 of the newest."""
        encrypted = self._encryption.encrypt(text[:1000], place("feedback", user))
        self._list.add(user=user, text=encrypted)
        self._metrics.count("comments")

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
