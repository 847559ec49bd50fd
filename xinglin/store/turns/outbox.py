"""Replies that leave as customer-service messages."""

from __future__ import annotations

import logging
import secrets
from pathlib import Path

from xinglin.errors import HistoryKeyError, UnboundError, UnreadableRecord
from xinglin.store import keys
from xinglin.store.connection import Client, server_ms, store_errors
from xinglin.store.encryption import Encryption, place
from xinglin.store.keys import UserKeys
from xinglin.store.operations.metrics import Metrics
from xinglin.store.records import (
    OutboxMessage,
    Refusals,
    Reply,
    SendClaim,
    dump,
    encrypted,
    read_record,
)
from xinglin.store.script import Script

logger = logging.getLogger(__name__)
_HERE = Path(__file__).parent
# How long a refused reply is kept for the follower's tap, and the refusal shown to the operator.
TAP_S, REFUSED_S = 86_400, 600
# A reply that cannot be read is tried so often, then put aside for as long as it could be sent.
MAX_READS, READ_AGAIN_S, ASIDE_S = 3, 5.0, 172_800


class Outbox:
    """Per-user order: only the head of a user's list is ever sent, by one sender at a time."""

    def __init__(
        self, redis: Client, encryption: Encryption, metrics: Metrics, lease_s: float
    ) -> None:
        self._metrics = metrics
        self._redis, self._encryption, self._lock_ms = redis, encryption, int(1000 * lease_s)
        self._claim = Script(redis, _HERE / "claim_send.lua")
        self._renew = Script(redis, _HERE / "renew_send.lua")
        self._finish = Script(redis, _HERE / "finish_send.lua")
        self._keep = Script(redis, _HERE / "keep_for_tap.lua")

    def due(self, limit: int = 50) -> list[str]:
        """Return users whose next send is due, the longest waiting first."""
        with store_errors():
            now = server_ms(self._redis)
            return [
                u.decode() for u in self._redis.zrangebyscore(keys.OUTBOX_DUE, 0, now, 0, limit)
            ]

    def claim(self, user: str) -> SendClaim | None:
        """Take the head for sending and mark that a send begins; None when another has it.

        Raises:
            HistoryKeyError: it was sealed with a key that is not here; it stays.
            UnboundError: it was not sealed for this user; it is dropped.
        """
        token = secrets.token_hex(12)
        with store_errors():
            found = self._claim(**self._names(user), token=token, user=user, lock_ms=self._lock_ms)
        if not found:
            return None
        head, interrupted, message_id = found
        try:
            record = read_record(OutboxMessage, head)
            openid = self._encryption.decrypt(record.openid, place("openid", user, record.id))
            text = self._encryption.decrypt(record.text, place("answer", user, record.id))
        except (UnreadableRecord, HistoryKeyError) as error:
            logger.error("reply_unreadable", extra={"user": user[:8], "error": str(error)})
            # Nothing mends a text that was moved here; another process may have the key of others.
            most = 0 if isinstance(error, UnboundError) else MAX_READS
            self._put_aside(user, token, message_id.decode(), head, most)
            return None
        return SendClaim(
            user=user,
            token=token,
            message_id=record.id,
            openid=openid,
            text=text,
            generated=record.generated,
            attempts=record.attempts,
            interrupted=interrupted == message_id,
        )

    def renew(self, outgoing: SendClaim) -> bool:
        """Make the claim last while the platform takes its time; False when it was lost."""
        with store_errors():
            found = self._renew(
                lock=UserKeys(outgoing.user).sendlock, token=outgoing.token, lock_ms=self._lock_ms
            )
        return bool(found)

    def done(self, outgoing: SendClaim) -> bool:
        """Drop the message: it was sent, or given up; False when the user was erased meanwhile."""
        return self._end(outgoing.user, outgoing.token, "", 0)

    def keep_for_tap(self, outgoing: SendClaim, says: str) -> bool:
        """Leave a reply that the platform will not take to the follower's 继续.

        Args:
            outgoing: that was refused.
            says: the platform's code and words, for the operator.

        Returns:
            False when the user was erased meanwhile.
        """
        own, message_id = UserKeys(outgoing.user), outgoing.message_id
        reply = Reply(outgoing.text, outgoing.generated, "", message_id, outgoing.openid)
        with store_errors():
            kept = self._keep(
                **self._names(outgoing.user),
                reply_key=own.reply(message_id),
                unread=own.unread,
                untold=own.untold,
                token=outgoing.token,
                user=outgoing.user,
                id=message_id,
                reply=dump(encrypted(reply, self._encryption, outgoing.user)),
                keep_s=TAP_S,
            )
            pipe = self._redis.pipeline()
            pipe.hset(keys.SEND_REFUSED, "says", says)
            pipe.hincrby(keys.SEND_REFUSED, "count", 1)
            pipe.expire(keys.SEND_REFUSED, REFUSED_S)
            pipe.execute()
        return bool(kept)

    def refused(self) -> Refusals | None:
        """Return what the platform refused lately; None for nothing."""
        with store_errors():
            says, count = self._redis.hmget(keys.SEND_REFUSED, "says", "count")
        if says is None:
            return None
        return Refusals(says.decode("utf-8", "replace"), int(count or 1))

    def retry(self, outgoing: SendClaim, delay_s: float) -> None:
        """Try again later."""
        encrypt = self._encryption.encrypt
        record = OutboxMessage(
            outgoing.message_id,
            encrypt(outgoing.openid, place("openid", outgoing.user, outgoing.message_id)),
            encrypt(outgoing.text, place("answer", outgoing.user, outgoing.message_id)),
            outgoing.generated,
            outgoing.attempts + 1,
        )
        self._end(outgoing.user, outgoing.token, dump(record), delay_s)

    def _end(self, user: str, token: str, head: str | bytes, delay_s: float) -> bool:
        with store_errors():
            return bool(
                self._finish(
                    **self._names(user),
                    token=token,
                    user=user,
                    new_head=head,
                    delay_ms=int(1000 * delay_s),
                )
            )

    def _put_aside(self, user: str, token: str, message_id: str, head: bytes, most: int) -> None:
        """Leave a reply that cannot be read to others for a while, then let the next one go on."""
        own = UserKeys(user)
        with store_errors():
            reads = int(self._redis.hincrby(own.attempts, f"send:{message_id}", 1))
            self._redis.expire(own.attempts, 3600)
            if reads < most:
                self._end(user, token, head, READ_AGAIN_S)
                return
            self._redis.set(own.dead(f"send:{message_id}"), head, ex=ASIDE_S)
            self._metrics.count("records_unreadable")
        self._end(user, token, "", 0)

    @staticmethod
    def _names(user: str) -> dict[str, str]:
        """Return the keys that every step of a send takes."""
        own = UserKeys(user)
        return {
            "due": keys.OUTBOX_DUE,
            "outbox": own.outbox,
            "lock": own.sendlock,
            "sending": own.sending,
        }
