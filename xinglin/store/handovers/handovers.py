"""Hand-overs: who waits for a person, what both write meanwhile, and the way back to the bot.

State lies in Redis alone and changes in single steps, so that it survives any process. A hand-over
that nobody ends is over at its time, also while no worker notes that.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from xinglin.clock import Clock
from xinglin.errors import HistoryKeyError, UnboundError, UnreadableRecord
from xinglin.settings import Settings
from xinglin.store import keys
from xinglin.store.connection import Client, server_ms, store_errors
from xinglin.store.encryption import Encryption, place
from xinglin.store.handovers.records import Handover, Met, Reason, Said, Wanted
from xinglin.store.keys import UserKeys
from xinglin.store.records import OutboxMessage, Reply, decrypted, dump, encrypted, read_record
from xinglin.store.script import Script
from xinglin.store.users.idempotency import ONCE_S

logger = logging.getLogger(__name__)
_HERE = Path(__file__).parent
LATE_S = 172_800
"""Seconds in which a missed follower can be answered: as long as the platform takes messages."""
LONGEST_SAID = 1000
Outcome = Literal["answered", "returned", "missed", "ended", "known", "gone"]


class Handovers:
    """The hand-overs of all followers."""

    def __init__(
        self, redis: Client, settings: Settings, encryption: Encryption, clock: Clock
    ) -> None:
        self._redis, self._settings, self._encryption = redis, settings, encryption
        self._clock = clock
        self._meet = Script(redis, _HERE / "meet.lua")
        self._tell = Script(redis, _HERE / "tell.lua")

    def meet(
        self,
        user: str,
        openid: str,
        message_id: str,
        text: str,
        *,
        wants: Wanted = "",
        reason: Reason = "asked",
        platform: bool = False,
        timeout_s: int = 0,
        of_a_question: bool = False,
    ) -> Met:
        """Let a follower's message begin a hand-over, end it, or be noted in it, once.

        Args:
            user: hashed id.
            openid: of the follower.
            message_id: of the message.
            text: what was written; kept only where the follower consented.
            wants: a person, the bot again, or neither.
            reason: why a person is wanted.
            platform: the platform's own tool takes over.
            timeout_s: how long a person is waited for.
            of_a_question: the message is one that the bot answers itself.
        """
        own = UserKeys(user)
        mark = f"q:{message_id}" if of_a_question else message_id
        with store_errors():
            did, state, kept = self._meet(
                handover=own.handover,
                said=own.handover_said,
                mark=own.handed_over(mark),
                seen=own.seen(message_id),
                consent=own.consent,
                unread=own.unread,
                page=own.page,
                due=keys.HANDOVERS,
                waiting=keys.HANDOVERS_WAITING,
                counters=keys.COUNTERS,
                wants=wants,
                user=user,
                openid=self._encryption.encrypt(openid, place("openid", user, "handover")),
                reason=reason,
                platform=int(platform),
                timeout_ms=1000 * timeout_s,
                entry=self._entry(user, text, "follower", message_id) if text else "",
                consent_off=int(self._settings.consent == "off"),
                said_s=self._said_s,
                mark_s=ONCE_S,
                late_ms=1000 * LATE_S,
                of_a_question=int(of_a_question),
            )
        return Met(did.decode(), state == b"platform", bool(kept))

    def answer(self, user: str, answer_id: str, text: str, timeout_s: int) -> Outcome:
        """Send what a person answers: by customer-service message, or behind the follower's tap.

        Args:
            user: hashed id.
            answer_id: the same for each try to send this answer.
            text: the answer.
            timeout_s: how long the bot stays silent after it.

        Returns:
            `answered`; `known` where this answer was taken before; `gone` where nobody waits.
        """
        return self._told("answered", user, answer_id, text, timeout_s, own_words=True)

    def hand_back(self, user: str, answer_id: str, text: str) -> Outcome:
        """Give a conversation back to the bot; where the account sends, `text` says so."""
        return self._told("returned", user, answer_id, text if self._settings.can_send else "")

    def note_overdue(self, text: str) -> list[str]:
        """Note who waited in vain, and whose conversation with a person has ended.

        Args:
            text: what a follower is told who waited in vain, where the account sends.

        Returns:
            who waited in vain.
        """
        with store_errors():
            now = server_ms(self._redis)
            late = self._redis.zrangebyscore(keys.HANDOVERS, 0, now, 0, 100)
        told = text if self._settings.can_send else ""
        return [
            user.decode()
            for user in late
            if self._told("overdue", user.decode(), f"late-{now}", told) == "missed"
        ]

    def waiting(self, most: int = 200) -> list[Handover]:
        """Return the hand-overs that there are, those who wait longest first."""
        with store_errors():
            users = [user.decode() for user in self._redis.zrange(keys.HANDOVERS, 0, most - 1)]
        found = [one for user in users if (one := self.read(user)) is not None]
        order = {"waiting": 0, "missed": 1, "answered": 2, "platform": 3}
        return sorted(found, key=lambda one: (order[one.state], one.since))

    def count_waiting(self) -> int:
        """Return how many followers wait for a person."""
        with store_errors():
            return int(self._redis.zcard(keys.HANDOVERS_WAITING))

    def read(self, user: str) -> Handover | None:
        """Return a follower's hand-over; None where there is none."""
        own = UserKeys(user)
        with store_errors():
            pipe = self._redis.pipeline(transaction=False)
            pipe.hgetall(own.handover)
            pipe.lrange(own.handover_said, 0, -1)
            pipe.exists(own.consent)
            raw, rows, consented = pipe.execute()
        fields = {name.decode(): value.decode("utf-8", "replace") for name, value in raw.items()}
        try:
            return Handover(
                user,
                fields["state"],
                fields["reason"],
                float(fields["since"]) / 1000,
                float(fields["until"]) / 1000,
                tuple(self._said(user, rows)),
                bool(consented) or self._settings.consent == "off",
            )
        except (KeyError, ValueError):
            return None

    def forget(self, user: str) -> int:
        """Take a follower off the lists; the keys of the user go with all others."""
        with store_errors():
            gone = self._redis.zrem(keys.HANDOVERS, user)
            return int(gone) + int(self._redis.zrem(keys.HANDOVERS_WAITING, user))

    @property
    def _said_s(self) -> int:
        return min(self._settings.history_ttl_s, LATE_S)

    def _entry(self, user: str, text: str, by: Literal["follower", "owner"], said_id: str) -> str:
        said = Said(text[:LONGEST_SAID], self._clock.now(), by, said_id)
        return dump(encrypted(said, self._encryption, user))

    def _said(self, user: str, rows: list[bytes]) -> list[Said]:
        """Return what was written, without what cannot be read."""
        found = []
        for row in rows:
            try:
                found.append(decrypted(read_record(Said, row), self._encryption, user))
            except (UnreadableRecord, UnboundError, HistoryKeyError) as error:
                logger.warning("handover_unreadable", extra={"error": str(error)})
        return found

    def _told(
        self,
        what: Literal["answered", "returned", "overdue"],
        user: str,
        answer_id: str,
        text: str,
        timeout_s: int = 0,
        *,
        own_words: bool = False,
    ) -> Outcome:
        own, said_id = UserKeys(user), f"h-{answer_id}"
        openid = self._openid(user)
        reply = Reply(text, False, "", said_id, openid)
        with store_errors():
            outcome: Any = self._tell(
                handover=own.handover,
                said=own.handover_said,
                mark=own.handed_over(said_id),
                consent=own.consent,
                reply_key=own.reply(said_id),
                outbox=own.outbox,
                outbox_due=keys.OUTBOX_DUE,
                unread=own.unread,
                untold=own.untold,
                handed=own.handed,
                undelivered=keys.UNDELIVERED,
                due=keys.HANDOVERS,
                waiting=keys.HANDOVERS_WAITING,
                counters=keys.COUNTERS,
                what=what,
                user=user,
                id=said_id,
                can_send=int(self._settings.can_send and bool(openid)),
                reply=dump(encrypted(reply, self._encryption, user)) if text else "",
                outgoing=dump(self._outgoing(user, said_id, openid, text)) if text else "",
                entry=self._entry(user, text, "owner", said_id) if own_words else "",
                consent_off=int(self._settings.consent == "off"),
                timeout_ms=1000 * timeout_s,
                late_ms=1000 * LATE_S,
                said_s=self._said_s,
                keep_s=LATE_S,
                replies=own.replies,
            )
        result: Outcome = outcome.decode()
        return result

    def _openid(self, user: str) -> str:
        with store_errors():
            raw = self._redis.hget(UserKeys(user).handover, "openid")
        try:
            where = place("openid", user, "handover")
            return self._encryption.decrypt_bytes(raw, where) if raw else ""
        except (HistoryKeyError, UnboundError) as error:  # the follower's next message brings it
            logger.warning("handover_unreadable", extra={"error": str(error)})
            return ""

    def _outgoing(self, user: str, said_id: str, openid: str, text: str) -> OutboxMessage:
        encrypt: Callable[[str, str], str] = self._encryption.encrypt
        return OutboxMessage(
            said_id,
            encrypt(openid, place("openid", user, said_id)),
            encrypt(text, place("answer", user, said_id)),
            False,
        )
