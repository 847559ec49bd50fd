"""A user's turn: leased, renewed, committed, or found again when its worker died."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Any

from xinglin.errors import HistoryKeyError, StaleLease, UnreadableRecord
from xinglin.settings import Settings
from xinglin.store import delivery_scripts, keys, scripts
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
from xinglin.store.turns.ready_queue import (
    enqueue_user,
    ensure_job,
    pop_ready,
)

MAX_ATTEMPTS = 3


SESSION_S = 1800


_MOST_LOOKED_AT = 1000


class Turns:
    """Leases on users' work: take, renew, commit, release, and find what was left behind."""

    def __init__(self, redis: Client, settings: Settings, encryption: Encryption) -> None:
        self._redis, self._settings, self._encryption = redis, settings, encryption
        self._lease_ms = int(settings.lease_s * 1000)
        self._take = redis.register_script(scripts.TAKE)
        self._renew = redis.register_script(scripts.RENEW)
        self._release = redis.register_script(scripts.RELEASE)
        self._commit = redis.register_script(delivery_scripts.COMMIT)
        self._reroute = redis.register_script(delivery_scripts.REROUTE)

    def take(self, user: str) -> Claim | None:
        """Lease the user's oldest message; None when there is none or another has it.

        One that cannot be read is leased as well, so that its tries are counted.
        """
        own, token = UserKeys(user), secrets.token_hex(12)
        with store_errors():
            found: list[Any] = self._take(
                keys=[
                    own.of("inbox"),
                    own.of("lease"),
                    keys.ACTIVE,
                    own.of("attempts"),
                    keys.QUEUED,
                    own.of("hist"),
                ],
                args=[token, user, self._lease_ms],
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
                pipe.lindex(UserKeys(user.decode()).of("inbox"), 0)
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
                    keys=[own.of("lease"), keys.ACTIVE],
                    args=[claim.token, claim.user, self._lease_ms],
                )
            )

    def release(self, claim: Claim, delay_s: float) -> None:
        """Give the message back unanswered; after a while some worker tries it again."""
        with store_errors():
            self._release(
                keys=[UserKeys(claim.user).of("lease"), keys.ACTIVE],
                args=[claim.token, claim.user, int(1000 * delay_s)],
            )

    def commit(self, claim: Claim, reply: Reply, turn: Turn | None) -> bool:
        """Finish the turn in one step: inbox, history, reply, lease, the counter `turns`.

        Returns:
            Whether the user has another message; whoever does not take it queues them.

        Raises:
            StaleLease: the lease was lost, or the user was erased; nothing was written.
        """
        own, encrypt = UserKeys(claim.user), self._encryption.encrypt
        outgoing = OutboxMessage(
            claim.message_id,
            encrypt(claim.openid, place("openid", claim.user, claim.message_id)),
            encrypt(reply.text, place("answer", claim.user, claim.message_id)),
            reply.generated,
        )
        # Of a message that could not be read nobody knows whom to send the apology to.
        can_send = self._settings.can_send and bool(claim.openid)
        names = [
            "lease",
            "inbox",
            "hist",
            f"reply:{claim.message_id}",
            f"seen:{claim.message_id}",
            f"wait:{claim.message_id}",
            "unread",
            "outbox",
            "attempts",
            "last",
            "handed",
        ]
        shared = [keys.ACTIVE, keys.QUEUED, keys.OUTBOX_DUE, keys.UNDELIVERED]
        shared += [own.of("consent"), keys.COUNTERS]
        with store_errors():
            outcome = self._commit(
                keys=[own.of(name) for name in names] + shared,
                args=[
                    claim.token,
                    claim.message_id,
                    dump(encrypted(reply, self._encryption, claim.user)),
                    dump(encrypted(turn, self._encryption, claim.user)) if turn else "",
                    # History is kept in UTF-8 JSON; the engine's budget is in its own codec.
                    self._encryption.size(3 * self._settings.history_bytes + 512),
                    self._settings.history_ttl_s,
                    int(can_send),
                    dump(outgoing),
                    claim.user,
                    self._lease_ms,
                    keys.wake(""),
                    keys.member(claim.user, claim.message_id),
                    self._session_s(),
                    own.of("reply:"),
                ],
            )
            if outcome == b"stale":
                raise StaleLease(f"the turn of {claim.user[:8]} belongs to another worker now")
        return bool(outcome == b"more")

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
                    keys=[
                        own.of(f"reply:{message_id}"),
                        own.of("handed"),
                        own.of("outbox"),
                        keys.OUTBOX_DUE,
                        own.of("unread"),
                        keys.UNDELIVERED,
                    ],
                    args=[
                        member,
                        message_id,
                        int(self._settings.can_send),
                        user,
                        own.of("reply:"),
                    ],
                )
        return moved


def _taken_at(head: bytes) -> int:
    try:
        return read_record(InboxMessage, head).at
    except UnreadableRecord:
        return 0
