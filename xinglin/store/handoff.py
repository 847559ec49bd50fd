"""From the worker that made a reply to the web request that waits for it."""

from __future__ import annotations

import logging
import threading
import time

from redis.exceptions import RedisError

from xinglin.store import keys, scripts
from xinglin.store.connection import Client, store_errors
from xinglin.store.keys import UserKeys
from xinglin.store.records import Pending, Reply, load, opened
from xinglin.store.vault import Vault

logger = logging.getLogger(__name__)
_POLL_S = 1.0
# An answer waits so long for earlier ones that are just being sent; those of which a send fails
# are tried again for minutes, and must not hold it up.
_BEHIND_S, _BEHIND_POLL_S = 1.5, 0.1


class Handoff:
    """Waits for replies. One reader connection wakes all waiting requests of the process."""

    def __init__(self, redis: Client, process: str, vault: Vault) -> None:
        self._redis, self._process, self._vault = redis, process, vault
        self._fetch = redis.register_script(scripts.FETCH)
        self._give_up = redis.register_script(scripts.GIVE_UP)
        self._waiting: dict[str, list[threading.Event]] = {}
        self._lock = threading.Lock()
        self._reader: threading.Thread | None = None
        self._closed = False

    def close(self) -> None:
        """End the reader; for a process that goes on without its store."""
        self._closed = True
        if (reader := self._reader) is not None:
            reader.join(3)

    def wait(self, user: str, message_id: str, timeout_s: float) -> Reply | None:
        """Return the reply, or None when nobody waits any more: the time is up, or the reply
        leaves as a customer-service message.

        A reply whose predecessors are just being sent is held for a moment, so that the follower
        reads them in order.

        Raises:
            StoreUnavailable: Redis is away.
        """
        member = keys.member(user, message_id)
        event = self._register(member)
        deadline = time.monotonic() + timeout_s
        patience = _BEHIND_S
        try:
            while True:
                raw, behind = self._look(user, message_id)
                left = deadline - time.monotonic()
                if raw == b"gone":
                    return None
                if left <= 0 or (raw and (not behind or patience <= 0)):
                    break
                if raw:
                    patience -= _BEHIND_POLL_S
                event.wait(min(left, _BEHIND_POLL_S if raw else _POLL_S))
                event.clear()
        finally:
            self._unregister(member, event)
        return self._opened(raw) or self._abandon(user, message_id)

    def delivered(self, user: str, message_id: str) -> None:
        """Note that the reply left with the answer to a request."""
        with store_errors(), self._redis.pipeline(transaction=True) as both:
            both.zrem(keys.UNDELIVERED, f"{user}|{message_id}")
            both.lrem(UserKeys(user).of("unread"), 0, message_id)
            both.execute()

    def collect(self, user: str) -> Reply | Pending | None:
        """Return the oldest reply that nobody has read yet, or say that one is being made."""
        own = UserKeys(user)
        with store_errors():
            while (message_id := self._redis.lpop(own.of("unread"))) is not None:
                if reply := self._read(user, message_id.decode()):
                    return reply
            return Pending() if self._redis.llen(own.of("inbox")) else None

    def _look(self, user: str, message_id: str) -> tuple[bytes, int]:
        own = UserKeys(user)
        with store_errors():
            raw, behind = self._fetch(
                keys=[own.of(f"reply:{message_id}"), own.of(f"seen:{message_id}"), own.of("outbox")]
            )
        return raw, int(behind)

    def _read(self, user: str, message_id: str) -> Reply | None:
        with store_errors():
            raw = self._redis.get(UserKeys(user).of(f"reply:{message_id}"))
        return self._opened(raw)

    def _abandon(self, user: str, message_id: str) -> Reply | None:
        own = UserKeys(user)
        with self._lock:
            if keys.member(user, message_id) in self._waiting:
                return None  # a retry of the same message still waits in this process
        with store_errors():
            raw = self._give_up(
                keys=[own.of(f"reply:{message_id}"), own.of(f"wait:{message_id}")],
                args=[self._process],
            )
        return self._opened(raw)

    def _opened(self, raw: bytes | None) -> Reply | None:
        if not raw:
            return None
        reply: Reply = opened(Reply(**load(raw)), self._vault)
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
        with self._lock:
            events = self._waiting[member]
            events.remove(event)
            if not events:
                del self._waiting[member]

    def _read_wakes(self) -> None:
        """Block on this process' wake list; missed wakes cost at most one poll."""
        while not self._closed:
            try:
                found = self._redis.blpop([keys.wake(self._process)], timeout=1)
            except RedisError:
                time.sleep(0.5)
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
