"""From the worker that made a reply to the web request that waits for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis.exceptions import RedisError

from xinglin.clock import SYSTEM, Clock
from xinglin.errors import StoreError
from xinglin.store import keys
from xinglin.store.connection import Client, store_errors
from xinglin.store.encryption import Encryption
from xinglin.store.keys import UserKeys
from xinglin.store.process_name import ProcessName
from xinglin.store.records import Reply, decrypted, read_record
from xinglin.store.script import Script

logger = logging.getLogger(__name__)
_HERE = Path(__file__).parent
_POLL_S = 1.0
# An answer waits for the earlier ones that are on their way. Those of which a send failed are tried
# again for minutes and hold it up no longer than this; nor do those that an account that cannot
# send has handed to requests that broke off.
_PATIENCE_S, _BEHIND_POLL_S = 1.5, 0.1
_AWAY_POLL_S = 0.2
# Who has a reply to show asks again sooner than who may come behind it.
_SHOW_POLL_S = 0.05
# A reply that came at the deadline is noted as shown just after it.
_GRACE_S = 0.1
_FOREVER = 1 << 52
# Of `delivered`: it may leave, and an earlier reply could not be sent.
UNTOLD = 2


class Handoff:
    """Waits for replies. One reader connection wakes all waiting requests of the process."""

    def __init__(
        self,
        redis: Client,
        process: ProcessName,
        encryption: Encryption,
        *,
        can_send: bool,
        clock: Clock = SYSTEM,
    ) -> None:
        self._redis, self._process, self._encryption = redis, process, encryption
        self._can_send, self._clock = can_send, clock
        self._fetch = Script(redis, _HERE / "fetch.lua")
        self._show = Script(redis, _HERE / "show.lua")
        self._give_up = Script(redis, _HERE / "give_up.lua")
        self._waiting: dict[str, list[threading.Event]] = {}
        self._lock = threading.Lock()
        self._reader: threading.Thread | None = None
        self._closed = False
        self._ahead_s = 0.0  # Redis' clock before our monotonic one

    def close(self) -> None:
        """End the reader; for a process that goes on without its store."""
        self._closed = True
        if (reader := self._reader) is not None:
            reader.join(3)

    @contextmanager
    def expecting(self, user: str, message_id: str) -> Iterator[threading.Event]:
        """Listen for a reply from before its message is taken in.

        Yields what `wait` then waits for.
        """
        member = keys.member(user, message_id)
        event = self._register(member)
        try:
            yield event
        finally:
            self._unregister(member, event)

    def wait(
        self,
        user: str,
        message_id: str,
        timeout_s: float,
        expected: threading.Event | None = None,
        *,
        new: bool = False,
    ) -> Reply | None:
        """Return the reply, or None when nobody waits any more: the time is up, or the reply
        leaves as a customer-service message.

        A reply whose predecessors are on their way is held, so that the follower reads them in
        order; at the deadline it leaves behind them. A Redis that comes back in time is waited for.

        Args:
            user: hashed id.
            message_id: of the message that was accepted.
            timeout_s: how long to wait.
            expected: of `expecting`, when that was called before the message was taken in.
            new: it was, and the message had not been seen before, so that no reply can be there
                of which `expected` would not know.

        Raises:
            StoreUnavailable: Redis is away.
        """
        member = keys.member(user, message_id)
        event = expected or self._register(member)
        began = self._clock.monotonic()
        deadline = began + timeout_s
        patience = _PATIENCE_S
        try:
            if new:
                event.wait(min(timeout_s, _POLL_S))
                event.clear()
            while (left := deadline - self._clock.monotonic()) > 0:
                try:
                    raw, behind, failing, shown_s = self._look(user, message_id)
                except StoreError:
                    self._clock.sleep(min(left, _AWAY_POLL_S))
                    continue
                if raw == b"gone":
                    return None
                if raw and (not behind or patience <= 0):
                    if shown_s > began:  # while this one waited: that one is on its way just now
                        gone_s = shown_s + _BEHIND_POLL_S - self._clock.monotonic()
                        self._clock.sleep(max(0.0, min(left, gone_s, _BEHIND_POLL_S)))
                    return self._decrypted(user, raw)
                if raw and (failing or not self._can_send):
                    patience -= _BEHIND_POLL_S
                event.wait(min(left, _BEHIND_POLL_S if raw else _POLL_S))
                event.clear()
        finally:
            self._unregister(member, event)
        return self._abandon(user, message_id)

    def delivered(self, user: str, message_id: str, timeout_s: float | None = None) -> int:
        """Note that the reply leaves with the answer to a request.

        Args:
            user: hashed id.
            message_id: of the message that it answers.
            timeout_s: after a `wait`, what is left of the request's time: so long a Redis that is
                away is waited for, and a Redis that comes to this later than that refuses it.

        Returns:
            Whether it may: 0 when it left another way meanwhile, `UNTOLD` when the follower is to
            be told of an earlier reply that could not be sent.

        Raises:
            StoreUnavailable: Redis is away.
        """
        own = UserKeys(user)
        deadline = self._clock.monotonic() + (timeout_s or 0.0)
        # Only what `wait` has just seen of Redis' clock can be relied on: the two drift apart.
        latest_s = deadline + _GRACE_S + self._ahead_s
        until = _FOREVER if timeout_s is None else int(1000 * latest_s)
        while True:
            try:
                with store_errors():
                    return int(
                        self._show(
                            reply=own.reply(message_id),
                            handed=own.handed,
                            unread=own.unread,
                            undelivered=keys.UNDELIVERED,
                            untold=own.untold,
                            shown=own.shown,
                            id=message_id,
                            member=f"{user}|{message_id}",
                            until_ms=until,
                        )
                    )
            except StoreError:
                if self._clock.monotonic() + _SHOW_POLL_S > deadline:
                    raise
                self._clock.sleep(_SHOW_POLL_S)

    def _look(self, user: str, message_id: str) -> tuple[bytes, int, bool, float]:
        """Return what is known of a reply.

        Namely the reply, how many go before it, whether sending the first of them has failed, and
        when another one was shown last, on our monotonic clock.
        """
        own = UserKeys(user)
        with store_errors():
            raw, behind, failing, now, shown = self._fetch(
                reply_key=own.reply(message_id),
                seen=own.seen(message_id),
                outbox=own.outbox,
                handed_key=own.handed,
                shown_key=own.shown,
                id=message_id,
            )
        self._ahead_s = int(now) / 1000 - self._clock.monotonic()
        return raw, int(behind), bool(failing), int(shown) / 1000 - self._ahead_s

    def _abandon(self, user: str, message_id: str) -> Reply | None:
        own = UserKeys(user)
        with self._lock:
            if keys.member(user, message_id) in self._waiting:
                return None  # a retry of the same message still waits in this process
        with store_errors():
            raw = self._give_up(
                reply_key=own.reply(message_id),
                waiter_key=own.waiter(message_id),
                handed_key=own.handed,
                outbox=own.outbox,
                due=keys.OUTBOX_DUE,
                unread=own.unread,
                undelivered=keys.UNDELIVERED,
                process=str(self._process),
                id=message_id,
                can_send=int(self._can_send),
                user=user,
                replies=own.replies,
            )
        return self._decrypted(user, raw)

    def _decrypted(self, user: str, raw: bytes | None) -> Reply | None:
        if not raw:
            return None
        reply: Reply = decrypted(read_record(Reply, raw), self._encryption, user)
        return reply

    def _register(self, member: str) -> threading.Event:
        event = threading.Event()
        with self._lock:
            self._waiting.setdefault(member, []).append(event)
            if self._reader is None or not self._reader.is_alive():
                self._reader = threading.Thread(
                    target=self._read_wakes, name="handoff", daemon=True
                )
                self._reader.start()
        return event

    def _unregister(self, member: str, event: threading.Event) -> None:
        """Forget a request; a second call does nothing."""
        with self._lock:
            events = self._waiting.get(member, [])
            if event in events:
                events.remove(event)
                if not events:
                    del self._waiting[member]

    def _read_wakes(self) -> None:
        """Block on this process' wake list; missed wakes cost at most one poll."""
        while not self._closed:
            try:
                found = self._redis.blpop([keys.wake(str(self._process))], timeout=1)
            except RedisError:
                self._clock.sleep(0.5)
                continue
            if found is None:
                with self._lock:
                    if not self._waiting:
                        self._reader = None
                        return
                continue
            with self._lock:
                for event in self._waiting.get(found[1].decode(), ()):
                    event.set()
