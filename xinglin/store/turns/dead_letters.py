"""Messages that were given up, kept for the operator to try again or to delete."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from xinglin.settings import Settings
from xinglin.store import keys
from xinglin.store.bounded_list import BoundedList
from xinglin.store.connection import Client, store_errors
from xinglin.store.keys import UserKeys
from xinglin.store.records import Claim
from xinglin.store.script import Script
from xinglin.store.turns.ready_queue import enqueue_user

_HERE = Path(__file__).parent
Outcome = Literal["queued", "text_gone", "still_waiting"]


class DeadLetters:
    """The list names who and when; the message itself stays among the user's own keys."""

    def __init__(self, redis: Client, settings: Settings) -> None:
        self._redis, self._settings = redis, settings
        self._list = BoundedList(redis, keys.DEAD, settings.records_ttl_s)
        self._add = Script(redis, _HERE / "add_dead_letter.lua")
        self._requeue = Script(redis, _HERE / "requeue.lua")
        self.forget = self._list.forget
        self.sweep = self._list.sweep

    def add(self, claim: Claim) -> None:
        """Keep a message that crashed its workers; called before its apology is committed."""
        own = UserKeys(claim.user)
        with store_errors():
            kept = self._add(
                lease=own.lease,
                inbox=own.inbox,
                dead=own.dead(claim.message_id),
                token=claim.token,
                id=claim.message_id,
                keep_s=self._settings.records_ttl_s,
            )
        if not kept:
            return
        for entry in self.entries():  # a worker may have died between this and the commit
            if (entry["user"], entry["id"]) == (claim.user, claim.message_id):
                self._list.drop(entry["name"])
        self._list.add(user=claim.user, id=claim.message_id)

    def entries(self) -> list[dict[str, Any]]:
        """Return what was given up, newest first: name, user, id, at. No text."""
        return [entry for entry in self._list.entries() if isinstance(entry.get("id"), str)]

    def is_kept(self, entry: dict[str, Any]) -> bool:
        """Return whether the message itself has neither expired nor been erased."""
        with store_errors():
            return bool(self._redis.exists(UserKeys(entry["user"]).dead(entry["id"])))

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
                dead=own.dead(message_id),
                inbox=own.inbox,
                attempts=own.attempts,
                seen=own.seen(message_id),
                queued=keys.QUEUED,
                active=keys.ACTIVE,
                user=user,
                id=message_id,
                lease_ms=int(self._settings.lease_s * 1000),
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
            self._redis.delete(UserKeys(entry["user"]).dead(entry["id"]))
        return self._list.drop(name)

    def _find(self, name: str) -> dict[str, Any] | None:
        return next((entry for entry in self.entries() if entry["name"] == name), None)
