"""Questions that nothing answered, kept for the owner's desk as long as their followers allow."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from xinglin.errors import UnboundError
from xinglin.store import keys
from xinglin.store.bounded_list import BoundedList, entry_of
from xinglin.store.connection import Client
from xinglin.store.encryption import Encryption, place
from xinglin.store.records import Turn

OPEN = frozenset({"nothing", "offered"})
"""Turns that leave a question open: nothing was found, or topics were offered."""
LONGEST = 500


def question_entry(encryption: Encryption, user: str, turn: Turn) -> str:
    """Return what is kept of a turn that left its question open; `Turns.commit` puts it there."""
    text = encryption.encrypt(turn.user[:LONGEST], place("open", user))
    return entry_of(turn.at, user=user, by=turn.by, text=text)


class OpenQuestions:
    """The list: at most 1,000 questions, at most 20 of one follower."""

    def __init__(self, redis: Client, encryption: Encryption, keep_s: int) -> None:
        self._encryption = encryption
        self._list = BoundedList(redis, keys.QUESTIONS, keep_s)
        self.forget, self.sweep = self._list.forget, self._list.sweep

    def entries(self) -> list[dict[str, Any]]:
        """Return the questions that can be read, newest first: name, user, at, by, text.

        Raises:
            HistoryKeyError: they were sealed with a key that is not here; they stay.
        """
        return [found for entry in self._list.entries() if (found := self._readable(entry))]

    def count(self) -> int:
        """Return how many there are."""
        return self._list.count()

    def drop(self, names: Iterable[str]) -> int:
        """Remove questions that were answered or dismissed; returns how many were there."""
        return self._list.drop_all(frozenset(names))

    def settle(self, user: str, at: float) -> None:
        """Remove a question that the next turn answered."""
        mine = (one for one in self._list.entries() if (one["user"], one["at"]) == (user, at))
        self.drop(one["name"] for one in mine)

    def _readable(self, entry: dict[str, Any]) -> dict[str, Any] | None:
        try:
            where = place("open", str(entry["user"]))
            return entry | {"text": self._encryption.decrypt(str(entry.get("text", "")), where)}
        except UnboundError:
            return None
