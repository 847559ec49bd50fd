"""Messages that wait for their turn, and the turn itself: the ledger of the service."""

from __future__ import annotations

import json
import secrets
import time
from contextlib import suppress
from dataclasses import asdict, replace
from functools import cached_property
from typing import Any

from xinglin.errors import HistoryKeyError, StaleLease, StoreError, UnreadableRecord
from xinglin.settings import Settings
from xinglin.store import delivery_scripts, keys, scripts
from xinglin.store.connection import Client, store_errors
from xinglin.store.encryption import Encryption, place
from xinglin.store.keys import UserKeys
from xinglin.store.process_name import ProcessName
from xinglin.store.rate_limits import parse_rate
from xinglin.store.records import (
    Accepted,
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
    QUEUE_KEY,
    enqueue_user,
    ensure_job,
    pop_ready,
    start_job,
)

MAX_ATTEMPTS = 3
SESSION_S = 1800
# The mark "somebody waits" outlives the wait, which ends by taking it back; a process that died
# cannot.
_GRACE_MS = 2000
_MOST_LOOKED_AT = 1000


class Inbox:
    """Takes messages in, once each."""

    def __init__(
        self, redis: Client, settings: Settings, process: ProcessName, encryption: Encryption
    ) -> None:
        self._redis, self._settings, self._process = redis, settings, process
        self._encryption = encryption
        self._accept = redis.register_script(scripts.ACCEPT)

    @cached_property
    def _rates(self) -> list[int]:
        """Amount and window in ms of a follower's questions, then of the account's."""
        settings = self._settings
        return [*parse_rate(settings.user_rate), *parse_rate(settings.account_rate)]

    def accept(
        self,
        user: str,
        openid: str,
        message_id: str,
        text: str,
        *,
        wait_s: float,
        sent_s: int = 0,
        came_s: float | None = None,
    ) -> Accepted:
        """Take a message in one step, and ring a worker when the user had no work before.

        Args:
            user: hashed id.
            openid: needed to send an answer later.
            message_id: a retry of the platform has the same.
            text: what was asked.
            wait_s: how long this process will wait for the reply; 0 when it will not.
            sent_s: when the platform says that it was sent, in seconds since 1970.
            came_s: when it came here, which decides within such a second; None: now.

        Raises:
            StoreUnavailable: Redis is away; nothing was taken.
        """
        own = UserKeys(user)
        encrypt = self._encryption.encrypt
        came_ms = int(1000 * (time.time() if came_s is None else came_s))
        sealed_openid = encrypt(openid, place("openid", user, message_id))
        sealed_text = encrypt(text, place("question", user, message_id))
        record = asdict(InboxMessage(message_id, sealed_openid, sealed_text, sent_s, came_ms))
        del record["at"]  # the script puts Redis' time in front
        with store_errors():
            state, rings, *wait_ms = self._accept(
                keys=[
                    own.of(f"seen:{message_id}"),
                    own.of("inbox"),
                    keys.ACTIVE,
                    keys.QUEUED,
                    own.of(f"wait:{message_id}"),
                    own.of("rate"),
                    keys.ACCOUNT_RATE,
                    keys.READY,
                    QUEUE_KEY,
                    own.of("lease"),
                ],
                args=[
                    json.dumps({"v": 1, **record}, ensure_ascii=False),
                    user,
                    self._settings.inbox_limit,
                    self._settings.queue_limit,
                    int(self._settings.lease_s * 1000),
                    int(wait_s * 1000) + _GRACE_MS if wait_s > 0 else 0,
                    str(self._process),
                    *self._rates,
                ],
            )
        if rings:
            with suppress(StoreError), store_errors():  # a worker looks for lost rings now and then
                start_job(self._redis, user)
        return Accepted(state.decode(), -(-wait_ms[0] // 1000) if wait_ms else 0)

    def account_used(self) -> tuple[int, int, float]:
        """Return (amount, window in seconds, used) of the account's rate; amount 0: no limit."""
        amount, window_ms = self._rates[2:]
        with store_errors():
            row = self._redis.hmget(keys.ACCOUNT_RATE, "at", "n", "before")
            now = _now_ms(self._redis)
        window, passed = divmod(now, window_ms)
        at, n, before = (int(value or 0) for value in row)
        if at == window:
            return amount, window_ms // 1000, n + before * (1 - passed / window_ms)
        return amount, window_ms // 1000, n * (1 - passed / window_ms) if at == window - 1 else 0.0


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
        """Let a worker look at a user."""
        with store_errors():
            enqueue_user(self._redis, user)

    def ensure_job(self) -> None:
        """See that another worker comes for those who are still to be looked at."""
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
            now = _now_ms(self._redis)
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
            Whether the user has another message; who does not take it rings for it.

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
        """Ring for every user whose worker did not come back in time; return them."""
        with store_errors():
            now = _now_ms(self._redis)
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
            now = _now_ms(self._redis)
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


def _now_ms(redis: Client) -> int:
    seconds, micros = redis.time()
    return int(seconds) * 1000 + int(micros) // 1000
