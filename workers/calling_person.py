"""A person for what the bot could not answer, and the end of hand-overs that nobody ended."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from xinglin.account import AccountHolder
from xinglin.account.handover import started_words
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.records import Claim

logger = logging.getLogger(__name__)


class PersonCaller:
    """Does what `on_unanswered` of the account says."""

    def __init__(
        self,
        settings: Settings,
        store: Store,
        account: AccountHolder,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._settings, self._store, self._account, self._now = settings, store, account, now

    def unanswered(self, claim: Claim) -> str:
        """Call a person, or offer one; returns what the reply says of that, "" for nothing.

        Raises:
            StoreUnavailable: Redis is away.
        """
        account = self._account.current
        rules, local = account.handover, datetime.fromtimestamp(self._now(), self._zone)
        seen = rules is not None and (rules.platform or bool(self._settings.admin_token))
        if rules is None or not seen or not rules.is_open(local):
            return ""
        if rules.on_unanswered == "offer":
            return account.texts.handover_offered
        if rules.on_unanswered != "start":
            return ""
        met = self._store.handovers.meet(
            claim.user,
            claim.openid,
            claim.message_id,
            claim.text,
            wants="person",
            reason="unanswered",
            platform=rules.platform,
            timeout_s=rules.timeout_s,
            of_a_question=True,
        )
        return started_words(
            account.texts,
            can_send=self._settings.can_send,
            seen=met.kept,
            by_platform=met.by_platform,
        )

    def note_overdue(self) -> None:
        """End what is over its time; followers who waited in vain are told."""
        late = self._store.handovers.note_overdue(self._account.current.texts.handover_missed)
        if late:
            logger.warning("handovers_missed", extra={"users": len(late)})

    @property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self._settings.timezone)
