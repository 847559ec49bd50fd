"""Sends what is in the outbox through the platform's customer-service messages."""

from __future__ import annotations

import logging
import random
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol

from xinglin.account import AccountHolder
from xinglin.account.ai_label import labelled_page
from xinglin.clock import SYSTEM, Clock
from xinglin.errors import PlatformBusy, PlatformRefused, XinglinError
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.records import SendClaim

logger = logging.getLogger(__name__)
MAX_ATTEMPTS = 12
LONGEST_DELAY_S = 120.0
MAX_IN_FLIGHT = 8


class Client(Protocol):
    """A sender of messages; `xinglin.wechat.client.WechatClient` is one."""

    def send_text(self, openid: str, text: str, *, generated: bool) -> None:
        """Send one text; raises PlatformBusy or PlatformRefused."""


class Sender:
    """Empties the outbox, each user's messages in order."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        client: Client,
        account: AccountHolder,
        *,
        rng: random.Random | None = None,
        clock: Clock = SYSTEM,
    ) -> None:
        self._settings, self._store, self._client = settings, store, client
        self._account, self._clock = account, clock
        self._rng = rng or random.SystemRandom()

        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._outgoing: dict[str, SendClaim] = {}
        self._pool = ThreadPoolExecutor(MAX_IN_FLIGHT, thread_name_prefix="send")
        self._stopping = False

    def begin(self) -> list[Future[None]]:
        """Begin to send what is due; a call that hangs holds up one follower, not all."""
        begun = []
        for user in self._store.outbox.due():
            with self._lock:
                if user in self._busy or self._stopping:
                    continue
                self._busy.add(user)
            begun.append(self._pool.submit(self._send, user))
        return begun

    def run_once(self) -> None:
        """Send what is due, and wait for it."""
        for send in self.begin():
            send.result()

    def renew(self) -> None:
        """Keep the claims of sends under way; called every third of a lease."""
        for outgoing in list(self._outgoing.values()):
            self._store.outbox.renew(outgoing)

    def drain(self, timeout_s: float = 12.0) -> None:
        """Begin no more sends, and wait for those under way: cut off, one would be ambiguous."""
        with self._lock:
            self._stopping = True
        self._pool.shutdown(wait=False, cancel_futures=True)
        deadline = self._clock.monotonic() + timeout_s
        while self._outgoing and self._clock.monotonic() < deadline:
            self._clock.sleep(0.02)

    def _send(self, user: str) -> None:
        try:
            outgoing = self._store.outbox.claim(user)
            if outgoing is not None:
                self._outgoing[user] = outgoing
                self._handle(outgoing)
        except XinglinError as error:
            logger.warning("send_failed", extra={"user": user[:8], "error": str(error)})
        finally:
            self._outgoing.pop(user, None)
            with self._lock:
                self._busy.discard(user)

    def _handle(self, outgoing: SendClaim) -> None:
        if outgoing.interrupted:
            self._store.metrics.count("ambiguous_sends", self._settings.ambiguous)
            if self._settings.ambiguous == "skip":
                self._store.outbox.done(outgoing)
                return
        account = self._account.current
        page, rest = labelled_page(account, outgoing.text, generated=outgoing.generated)
        began = self._clock.monotonic()
        try:
            self._client.send_text(outgoing.openid, page, generated=outgoing.generated)
        except PlatformBusy as error:
            self._again(outgoing, error)
            return
        except PlatformRefused as error:
            self._give_up(outgoing, error)
            return
        finally:
            self._store.metrics.observe("turn_seconds", self._clock.monotonic() - began, "send")
        if rest:
            self._store.pages.begin(
                outgoing.user, outgoing.message_id, rest, generated=outgoing.generated
            )
        if not self._store.outbox.done(outgoing):  # erased while it was sent
            self._store.pages.forget(outgoing.user)
        self._store.metrics.count("replies", "message")
        logger.info("reply_sent", extra={"user": outgoing.user[:8]})

    def _again(self, outgoing: SendClaim, error: PlatformBusy) -> None:
        if outgoing.attempts + 1 >= MAX_ATTEMPTS:
            self._give_up(outgoing, error)
            return
        delay = min(LONGEST_DELAY_S, 0.5 * 2**outgoing.attempts) * self._rng.uniform(0.7, 1.3)
        extra = {"user": outgoing.user[:8], "code": error.code, "delay_s": round(delay, 1)}
        logger.warning("send_postponed", extra=extra)
        self._store.metrics.count("send_retries")
        self._store.outbox.retry(outgoing, delay)

    def _give_up(self, outgoing: SendClaim, error: PlatformBusy | PlatformRefused) -> None:
        logger.error("send_given_up", extra={"user": outgoing.user[:8], "code": error.code})
        self._store.metrics.count("send_errors", str(error.code))
        if self._store.outbox.keep_for_tap(outgoing, str(error)[:200]):
            self._store.metrics.count("kept_for_tap")
