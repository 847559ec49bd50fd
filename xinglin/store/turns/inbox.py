"""Messages that wait for their turn."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict
from functools import cached_property
from pathlib import Path

from xinglin.clock import SYSTEM, Clock
from xinglin.errors import StoreError
from xinglin.settings import Settings
from xinglin.store import keys
from xinglin.store.connection import Client, server_ms, store_errors
from xinglin.store.encryption import Encryption, place
from xinglin.store.keys import UserKeys
from xinglin.store.process_name import ProcessName
from xinglin.store.rate_limits import parse_rate
from xinglin.store.records import Accepted, InboxMessage
from xinglin.store.script import Script
from xinglin.store.turns.ready_queue import QUEUE_KEY, start_job

# The mark "somebody waits" outlives the wait, which ends by taking it back; a process that died
# cannot.
_GRACE_MS = 2000


class Inbox:
    """Takes messages in, once each."""

    def __init__(
        self,
        redis: Client,
        settings: Settings,
        process: ProcessName,
        encryption: Encryption,
        clock: Clock = SYSTEM,
    ) -> None:
        self._redis, self._settings, self._process = redis, settings, process
        self._encryption, self._clock = encryption, clock
        self._accept = Script(redis, Path(__file__).with_name("accept.lua"))

    @cached_property
    def _rates(self) -> dict[str, int]:
        """Amount and window in ms of a follower's questions, and of the account's."""
        user_amount, user_window = parse_rate(self._settings.user_rate)
        account_amount, account_window = parse_rate(self._settings.account_rate)
        return {
            "user_amount": user_amount,
            "user_window": user_window,
            "account_amount": account_amount,
            "account_window": account_window,
        }

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
        """Take a message in one step, and start a job when the user had no work before.

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
        came_ms = int(1000 * (self._clock.now() if came_s is None else came_s))
        sealed_openid = encrypt(openid, place("openid", user, message_id))
        sealed_text = encrypt(text, place("question", user, message_id))
        record = asdict(InboxMessage(message_id, sealed_openid, sealed_text, sent_s, came_ms))
        del record["at"]  # the script puts Redis' time in front
        with store_errors():
            state, needs_job, *wait_ms = self._accept(
                seen=own.seen(message_id),
                inbox=own.inbox,
                active=keys.ACTIVE,
                queued=keys.QUEUED,
                waiter=own.waiter(message_id),
                user_rate=own.rate,
                account_rate=keys.ACCOUNT_RATE,
                ready=keys.READY,
                jobs=QUEUE_KEY,
                lease=own.lease,
                record=json.dumps({"v": 1, **record}, ensure_ascii=False),
                user=user,
                user_limit=self._settings.inbox_limit,
                total_limit=self._settings.queue_limit,
                lease_ms=int(self._settings.lease_s * 1000),
                wait_ms=int(wait_s * 1000) + _GRACE_MS if wait_s > 0 else 0,
                process=str(self._process),
                **self._rates,
            )
        if needs_job:
            with suppress(StoreError), store_errors():  # workers look for lost jobs now and then
                start_job(self._redis, user)
        return Accepted(state.decode(), -(-wait_ms[0] // 1000) if wait_ms else 0)

    def account_used(self) -> tuple[int, int, float]:
        """Return (amount, window in seconds, used) of the account's rate; amount 0: no limit."""
        amount = self._rates["account_amount"]
        window_ms = self._rates["account_window"]
        with store_errors():
            row = self._redis.hmget(keys.ACCOUNT_RATE, "at", "n", "before")
            now = server_ms(self._redis)
        window, passed = divmod(now, window_ms)
        at, n, before = (int(value or 0) for value in row)
        if at == window:
            return amount, window_ms // 1000, n + before * (1 - passed / window_ms)
        return amount, window_ms // 1000, n * (1 - passed / window_ms) if at == window - 1 else 0.0
