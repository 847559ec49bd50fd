"""Messages that were given up, kept for the operator to try again or to delete."""

from __future__ import annotations

from typing import Any, Literal

from xinglin.settings import Settings
from xinglin.store import keys, scripts
from xinglin.store.bounded_list import BoundedList
from xinglin.store.connection import Client, store_errors
from xinglin.store.keys import UserKeys
from xinglin.store.records import Claim
from xinglin.store.turns.ready_queue import enqueue_user

Outcome = Literal["queued", "text_gone", "still_waiting"]


class DeadLetters:
    """The list names who and when; the message itself stays among the user's own keys."""

    def __init__(self, redis: Client, settings: Settings) -> None:
        self._redis, self._settings = redis, settings
        self._list = BoundedList(redis, keys.DEAD, settings.records_ttl_s)
        self._add = redis.register_script(scripts.ADD_DEAD_LETTER)
        self._requeue = redis.register_script(scripts.REQUEUE)
        self.forget = self._list.forget
        self.sweep = self._list.sweep

    def add(self, claim: Claim) -> None:
        """Keep a message that crashed its workers; called before its apology is committed."""
        own = UserKeys(claim.user)
        with store_errors():
            buried = self._add(
                keys=[own.of("lease"), own.of("inbox"), _record_key(claim.user, claim.message_id)],
                args=[claim.token, claim.message_id, self._settings.records_ttl_s],
            )
        if not buried:
            return
        for entry in self.entries():  # a worker may have died between this and the commit
            if (entry["user"], entry["id"]) == (claim.user, claim.message_id):
                self._list.drop(entry["name"])
        self._list.add(user=claim.user, id=claim.message_id)

    def entries(self) -> list[dict[str, Any]]:
        """Return what was given up, newest first: name, user, id, at. No text."""
        return [entry for entry in self._list.entries() if isinstance(entry.get("id"), str)]

    def is_kept(self, entry: dict[str, Any]) -> bool:
        """Whether the message itself has neither expired nor been erased."""
        with store_errors():
            return bool(self._redis.exists(_record_key(entry["user"], entry["id"])))

    def requeue(self, name: str) -> Outcome:
        """Put a message back at the end of its user's inbox, with all its tries; in one step.

        One whose text is gone leaves the list. One that still waits in the inbox, because its
        apology has not been committed yet, stays as it is.
        """
        entry = self._find(name)
        if entry is None:
            return "text_gone"
        user, message_id = entry["user"], entry["id"]
        own = UserKeys(user)
        with store_errors():
            said = self._requeue(
                keys=[
                    _record_key(user, message_id),
                    own.of("inbox"),
                    own.of("attempts"),
                    own.of(f"seen:{message_id}"),
                    keys.QUEUED,
                    keys.ACTIVE,
                ],
                args=[user, message_id, int(self._settings.lease_s * 1000)],
            )
            outcome: Outcome = said.decode()
            if outcome != "still_waiting":
                self._list.drop(name)
            if outcome == "queued":
                enqueue_user(self._redis, user)
        return outcome

    def delete(self, name: str) -> bool:
        """Delete a message for good; False when it is gone."""
        entry = self._find(name)
        if entry is None:
            return False
        with store_errors():
            self._redis.delete(_record_key(entry["user"], entry["id"]))
        return self._list.drop(name)

    def _find(self, name: str) -> dict[str, Any] | None:
        return next((entry for entry in self.entries() if entry["name"] == name), None)


def _record_key(user: str, message_id: str) -> str:
    return UserKeys(user).of(f"dead:{message_id}")
