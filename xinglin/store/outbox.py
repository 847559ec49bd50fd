"""Replies that leave as customer-service messages."""

from __future__ import annotations

import json
import secrets

from xinglin.errors import UnboundError
from xinglin.store import keys, scripts
from xinglin.store.connection import Client, store_errors
from xinglin.store.keys import UserKeys
from xinglin.store.records import Parcel, load
from xinglin.store.vault import Vault, place


class Outbox:
    """Per-user order: only the head of a user's list is ever sent, by one sender at a time."""

    def __init__(self, redis: Client, vault: Vault, lease_s: float) -> None:
        self._redis, self._vault, self._lock_ms = redis, vault, int(1000 * lease_s)
        self._claim = redis.register_script(scripts.CLAIM_SEND)
        self._renew = redis.register_script(scripts.RENEW_SEND)
        self._finish = redis.register_script(scripts.FINISH_SEND)

    def due(self, limit: int = 50) -> list[str]:
        """Return users whose next send is due, the longest waiting first."""
        with store_errors():
            seconds, micros = self._redis.time()
            now = int(seconds) * 1000 + int(micros) // 1000
            return [
                u.decode() for u in self._redis.zrangebyscore(keys.OUTBOX_DUE, 0, now, 0, limit)
            ]

    def claim(self, user: str) -> Parcel | None:
        """Take the head for sending and mark that a send begins; None when another has it.

        Raises:
            HistoryKeyError: it was sealed with a key that is not here; it stays.
            UnboundError: it was not sealed for this user; it is dropped.
        """
        token = secrets.token_hex(12)
        with store_errors():
            found = self._claim(keys=self._keys(user), args=[token, user, self._lock_ms])
        if not found:
            return None
        record, interrupted = load(found[0]), found[1].decode()
        try:
            openid = self._vault.open(record["openid"], place("openid", user, record["id"]))
            text = self._vault.open(record["text"], place("answer", user, record["id"]))
        except UnboundError:  # nobody's, and the next one must not wait behind it
            self._end(user, token, "", 0)
            raise
        return Parcel(
            user=user,
            token=token,
            message_id=record["id"],
            openid=openid,
            text=text,
            generated=record["generated"],
            attempts=record["attempts"],
            interrupted=interrupted == record["id"],
        )

    def renew(self, parcel: Parcel) -> bool:
        """Make the claim last while the platform takes its time; False when it was lost."""
        with store_errors():
            found = self._renew(
                keys=[UserKeys(parcel.user).of("sendlock")], args=[parcel.token, self._lock_ms]
            )
        return bool(found)

    def done(self, parcel: Parcel) -> bool:
        """Drop the parcel: it was sent, or given up; False when the user was erased meanwhile."""
        return self._end(parcel.user, parcel.token, "", 0)

    def retry(self, parcel: Parcel, delay_s: float) -> None:
        """Try again later."""
        seal = self._vault.seal
        record = {
            "v": 1,
            "id": parcel.message_id,
            "openid": seal(parcel.openid, place("openid", parcel.user, parcel.message_id)),
            "text": seal(parcel.text, place("answer", parcel.user, parcel.message_id)),
            "generated": parcel.generated,
            "attempts": parcel.attempts + 1,
        }
        head = json.dumps(record, ensure_ascii=False)
        self._end(parcel.user, parcel.token, head, int(1000 * delay_s))

    def _end(self, user: str, token: str, head: str, delay_ms: int) -> bool:
        with store_errors():
            return bool(self._finish(keys=self._keys(user), args=[token, user, head, delay_ms]))

    @staticmethod
    def _keys(user: str) -> list[str]:
        own = UserKeys(user)
        return [keys.OUTBOX_DUE, own.of("outbox"), own.of("sendlock"), own.of("sending")]
