"""Messages that were given up, kept for the operator to try again or to delete."""

from __future__ import annotations

from typing import Any

from xinglin.settings import Settings
from xinglin.store import keys, scripts
from xinglin.store.connection import Client, store_errors
from xinglin.store.keys import UserKeys
from xinglin.store.records import Claim
from xinglin.store.register import Register
from xinglin.store.ring import ring


class DeadLetters:
    """The list names who and when; the message itself stays among the user's own keys."""

    def __init__(self, redis: Client, settings: Settings) -> None:
        self._redis, self._settings = redis, settings
        self._register = Register(redis, keys.DEAD, settings.records_ttl_s)
        self._bury = redis.register_script(scripts.BURY)
        self._requeue = redis.register_script(scripts.REQUEUE)
        self.forget = self._register.forget
        self.sweep = self._register.sweep

    def bury(self, claim: Claim) -> None:
        """Keep a message that crashed its workers; called before its apology is committed."""
        own = UserKeys(claim.user)
        with store_errors():
            buried = self._bury(
                keys=[own.of("lease"), own.of("inbox"), own.of(f"dead:{claim.message_id}")],
                args=[claim.token, claim.message_id, self._settings.records_ttl_s],
            )
        if buried:
            self._register.add(user=claim.user, id=claim.message_id)

    def entries(self) -> list[dict[str, Any]]:
        """Return what was given up, newest first: name, user, id, at. No text."""
        return self._register.entries()

    def requeue(self, name: str) -> bool:
        """Put a message back into its user's inbox; False when it is gone."""
        entry = self._register.find(name)
        if entry is None:
            return False
        user, message_id = entry["user"], entry["id"]
        own = UserKeys(user)
        with store_errors():
            found = self._requeue(
                keys=[
                    own.of(f"dead:{message_id}"),
                    own.of("inbox"),
                    own.of("attempts"),
                    own.of(f"seen:{message_id}"),
                    keys.QUEUED,
                    keys.ACTIVE,
                ],
                args=[user, message_id, int(self._settings.lease_s * 1000)],
            )
            self._register.drop(name)
            if found:
                ring(self._redis, user)
        return bool(found)

    def delete(self, name: str) -> bool:
        """Delete a message for good; False when it is gone."""
        entry = self._register.find(name)
        if entry is None:
            return False
        with store_errors():
            self._redis.delete(UserKeys(entry["user"]).of(f"dead:{entry['id']}"))
        return self._register.drop(name)
