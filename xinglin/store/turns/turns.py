"""A user's turn: leased, renewed, committed, or found again when its worker died."""

from __future__ import annotations

import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

from xinglin.errors import HistoryKeyError, StaleLease, UnreadableRecord
from xinglin.settings import Settings
from xinglin.store import keys
from xinglin.store.bounded_list import MOST, MOST_OF_ONE
from xinglin.store.connection import Client, server_ms, store_errors
from xinglin.store.encryption import Encryption, place
from xinglin.store.keys import UserKeys
from xinglin.store.records import (
    Claim,
    InboxMessage,
    OutboxMessage,
    Reply,
    Turn,
    dump,
    encrypted,
    read_record,
)
from xinglin.store.script import Script
from xinglin.store.turns.ready_queue import (
    enqueue_user,
    ensure_job,
    pop_ready,
)
from xinglin.store.users.open_questions import OPEN, question_entry

MAX_ATTEMPTS = 3
SESSION_S = 1800
_MOST_LOOKED_AT = 1000
# A turn's field names, times, and what the conversation is about, beside its words.
_NOTED_BYTES = 1024
_HERE = Path(__file__).parent


class Turns:
    """Leases on users' work: take, renew, commit, release, and find what was left behind."""

    def __init__(self, redis: Client, settings: Settings, encryption: Encryption) -> None:
        self._redis, self._settings, self._encryption = redis, settings, encryption
        self._lease_ms = int(settings.lease_s * 1000)
        self._take = Script(redis, _HERE / "take.lua")
        self._renew = Script(redis, _HERE / "renew.lua")
        self._release = Script(redis, _HERE / "release.lua")
        self._commit = Script(redis, _HERE / "commit.lua")
        self._reroute = Script(redis, _HERE / "reroute.lua")

    def take(self, user: str) -> Claim | None:
        """Lease the user's oldest message; None when there is none or another has it.

        One that cannot be read is leased as well, so that its tries are counted.
        """
        own, token = UserKeys(user), secrets.token_hex(12)
        with store_errors():
            found: list[Any] = self._take(
                inbox=own.inbox,
                lease=own.lease,
                active=keys.ACTIVE,
                attempts=own.attempts,
                queued=keys.QUEUED,
                history=own.history,
                token=token,
                user=user,
                lease_ms=self._lease_ms,
            )
        if found[0] != b"turn":
            return None
        _, head, attempt, now, rows, message_id = found
        leased = Claim(
            user, token, message_id.decode(), "", "", int(attempt), history_rows=tuple(rows)
        )
        try:
            return self._read(leased, head, int(now))
        except (UnreadableRecord, HistoryKeyError) as error:
            return replace(leased, unreadable=str(error))

    def _read(self, leased: Claim, head: bytes, now: int) -> Claim:
        record, decrypt = read_record(InboxMessage, head), self._encryption.decrypt
        openid = decrypt(record.openid, place("openid", leased.user, record.id))
        text = decrypt(record.text, place("question", leased.user, record.id))
        waited_s = max(0.0, (now - (record.at or now)) / 1000)
        return replace(leased, openid=openid, text=text, waited_s=waited_s)

    def ready(self, most: int, wait_s: float) -> list[str]:
        """Return up to `most` users to look at; waits up to `wait_s` seconds for the first."""
        with store_errors():
            return pop_ready(self._redis, most, wait_s)

    def enqueue_user(self, user: str) -> None:
        """Put a user into the ready queue."""
        with store_errors():
            enqueue_user(self._redis, user)

    def ensure_job(self) -> None:
        """Start a job where users wait in the ready queue and no job does."""
        with store_errors():
            ensure_job(self._redis)

    def oldest_s(self) -> float:
        """Return the age of the oldest message that is its follower's next; 0 for none."""
        with store_errors():
            pipe = self._redis.pipeline(transaction=False)
            for user in self._redis.zrange(keys.ACTIVE, 0, _MOST_LOOKED_AT - 1):
                pipe.lindex(UserKeys(user.decode()).inbox, 0)
            taken = [at for head in pipe.execute() if head and (at := _taken_at(head))]
            if not taken:
                return 0.0
            now = server_ms(self._redis)
        return max(0.0, (now - min(taken)) / 1000)

    def renew(self, claim: Claim) -> bool:
        """Make the lease last; False when it was lost."""
        own = UserKeys(claim.user)
        with store_errors():
            return bool(
                self._renew(
                    lease=own.lease,
                    active=keys.ACTIVE,
                    token=claim.token,
                    user=claim.user,
                    lease_ms=self._lease_ms,
                )
            )

    def release(self, claim: Claim, delay_s: float) -> None:
        """Give the message back unanswered; after a while some worker tries it again."""
        with store_errors():
            self._release(
                lease=UserKeys(claim.user).lease,
                active=keys.ACTIVE,
                token=claim.token,
                user=claim.user,
                delay_ms=int(1000 * delay_s),
            )

    def commit(self, claim: Claim, reply: Reply, turn: Turn | None) -> bool:
        """Finish the turn in one step: inbox, history, reply, lease, the counter `turns`.

        Returns:
            Whether the user has another message; whoever does not take it queues them.

        Raises:
            StaleLease: the lease was lost, or the user was erased; nothing was written.
        """
        own, message_id = UserKeys(claim.user), claim.message_id
        # Of a message that could not be read nobody knows whom to send the apology to.
        can_send = self._settings.can_send and bool(claim.openid)
        with store_errors():
            outcome = self._commit(
                lease=own.lease,
                inbox=own.inbox,
                history=own.history,
                reply_key=own.reply(message_id),
                seen=own.seen(message_id),
                waiter_key=own.waiter(message_id),
                unread=own.unread,
                outbox=own.outbox,
                attempts=own.attempts,
                last=own.last,
                handed=own.handed,
                active=keys.ACTIVE,
                queued=keys.QUEUED,
                due=keys.OUTBOX_DUE,
                undelivered=keys.UNDELIVERED,
                consent=own.consent,
                counters=keys.COUNTERS,
                questions=keys.QUESTIONS,
                token=claim.token,
                id=message_id,
                reply=dump(encrypted(reply, self._encryption, claim.user)),
                turn=dump(encrypted(turn, self._encryption, claim.user)) if turn else "",
                # History is kept in UTF-8 JSON; the engine's budget is in its own codec.
                history_bytes=self._encryption.size(
                    3 * self._settings.history_bytes + _NOTED_BYTES
                ),
                history_s=self._settings.history_ttl_s,
                can_send=int(can_send),
                outgoing=dump(self._outgoing(claim, reply)),
                user=claim.user,
                lease_ms=self._lease_ms,
                wake_prefix=keys.wake(""),
                member=keys.member(claim.user, message_id),
                session_s=self._session_s(),
                replies=own.replies,
                question=self._open_question(claim, turn),
                questions_of_one=MOST_OF_ONE,
                questions_limit=MOST,
                questions_s=self._settings.questions_ttl_s,
                needs_consent=int(self._settings.consent != "off"),
            )
            if outcome == b"stale":
                raise StaleLease(f"the turn of {claim.user[:8]} belongs to another worker now")
        return bool(outcome == b"more")

    def _outgoing(self, claim: Claim, reply: Reply) -> OutboxMessage:
        encrypt, user, message_id = self._encryption.encrypt, claim.user, claim.message_id
        return OutboxMessage(
            message_id,
            encrypt(claim.openid, place("openid", user, message_id)),
            encrypt(reply.text, place("answer", user, message_id)),
            reply.generated,
        )

    def _open_question(self, claim: Claim, turn: Turn | None) -> str:
        """Return the entry for the owner's list; "" where the turn answered, or none are kept."""
        if turn is None or turn.by not in OPEN or not self._settings.questions_ttl_s:
            return ""
        return question_entry(self._encryption, claim.user, turn)

    def _session_s(self) -> int:
        """How long a conversation is kept of a follower who did not agree."""
        kept_s = self._settings.history_ttl_s
        return kept_s if self._settings.consent == "off" else min(kept_s, SESSION_S)

    def reap(self) -> list[str]:
        """Put every user whose worker did not come back in time into the ready queue again."""
        with store_errors():
            now = server_ms(self._redis)
            late = [
                user.decode() for user in self._redis.zrangebyscore(keys.ACTIVE, 0, now, 0, 200)
            ]
            for user in late:
                moved = self._redis.zadd(
                    keys.ACTIVE, {user: now + self._lease_ms}, xx=True, ch=True
                )
                if moved:
                    enqueue_user(self._redis, user)
            return late

    def reroute(self) -> int:
        """Send replies whose waiting request never took them another way; return how many."""
        moved = 0
        with store_errors():
            now = server_ms(self._redis)
            for member in self._redis.zrangebyscore(keys.UNDELIVERED, 0, now, 0, 200):
                user, _, message_id = member.decode().partition("|")
                own = UserKeys(user)
                moved += self._reroute(
                    reply_key=own.reply(message_id),
                    handed=own.handed,
                    outbox=own.outbox,
                    due=keys.OUTBOX_DUE,
                    unread=own.unread,
                    undelivered=keys.UNDELIVERED,
                    member=member,
                    id=message_id,
                    can_send=int(self._settings.can_send),
                    user=user,
                    replies=own.replies,
                )
        return moved


def _taken_at(head: bytes) -> int:
    try:
        return read_record(InboxMessage, head).at
    except UnreadableRecord:
        return 0
