"""Poison messages: what was put aside after its tries, and its way back into the queue."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Literal

from xinglin.settings import Settings
from xinglin.store import keys, scripts
from xinglin.store.connection import Client, store_errors
from xinglin.store.inbox import ring
from xinglin.store.keys import UserKeys
from xinglin.store.records import Claim, load

LONGEST_LIST = 1000


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that no worker could answer.

    Attributes:
        user: hashed id.
        message_id: of the message.
        text_kept: its text has neither expired nor been erased, so it can be tried again.
    """

    user: str
    message_id: str
    text_kept: bool


Outcome = Literal["queued", "text_gone", "still_waiting"]


class DeadLetters:
    """The list holds no text; that stands under the user's keys and goes when the user does."""

    def __init__(self, redis: Client, settings: Settings) -> None:
        self._redis = redis
        self._ttl_s = settings.history_ttl_s
        self._lease_ms = int(settings.lease_s * 1000)
        self._requeue = redis.register_script(scripts.REQUEUE)

    def bury(self, claim: Claim) -> None:
        """Put a message aside; its text is kept as long as a conversation would be."""
        entry = _entry(claim.user, claim.message_id)
        record = {"v": 1, "id": claim.message_id, "openid": claim.openid, "text": claim.text}
        with store_errors():
            self._redis.set(
                _record_key(claim.user, claim.message_id),
                json.dumps(record, ensure_ascii=False),
                ex=self._ttl_s,
            )
            self._redis.lrem(keys.DEAD, 0, entry)  # a worker may die between this and the commit
            self._redis.lpush(keys.DEAD, entry)
            self._redis.ltrim(keys.DEAD, 0, LONGEST_LIST - 1)

    def letters(self) -> list[DeadLetter]:
        """Return them, the oldest first."""
        with store_errors():
            rows = [load(row) for row in reversed(self._redis.lrange(keys.DEAD, 0, -1))]
            return [self._letter(row) for row in rows]

    def requeue(self, letter: DeadLetter) -> Outcome:
        """Put a message back at the end of its user's inbox, with all its tries; in one step.

        A letter whose text is gone leaves the list. One that still waits in the inbox, because
        its apology has not been committed yet, stays as it is.
        """
        own = UserKeys(letter.user)
        with store_errors():
            outcome, rings = self._requeue(
                keys=[
                    _record_key(letter.user, letter.message_id),
                    own.of("inbox"),
                    keys.ACTIVE,
                    keys.QUEUED,
                    own.of(f"seen:{letter.message_id}"),
                    keys.DEAD,
                ],
                args=[letter.user, _entry(letter.user, letter.message_id), self._lease_ms],
            )
            if rings:
                ring(self._redis, letter.user)
        found: Outcome = outcome.decode()
        return found

    def _letter(self, row: dict[str, Any]) -> DeadLetter:
        kept = bool(self._redis.exists(_record_key(row["user"], row["id"])))
        return DeadLetter(row["user"], row["id"], kept)


def _entry(user: str, message_id: str) -> str:
    return json.dumps({"v": 1, "user": user, "id": message_id})


def _record_key(user: str, message_id: str) -> str:
    return UserKeys(user).of(f"dead:{message_id}")
