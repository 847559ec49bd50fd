"""Everything that a view needs, made once per app and handed to it by Flask."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Flask, current_app

from xinglin.account import AccountHolder, Texts
from xinglin.blocklist import BlockList, Word
from xinglin.log import Seldom
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.wechat.envelope import Envelope

KEY = "xinglin"


@dataclass(frozen=True, slots=True)
class Services:
    """The open store and the account's envelope, with the settings they were made from.

    Attributes:
        words: blocked words of the setting; the account has its own.
        account: texts, rules and words of the version that serves.
        development: the app runs on the embedded server, for one person on this machine.
        now: wall clock, for timestamps in replies.
        clock: monotonic clock, for deadlines.
        sleep: how a view pauses between two looks.
        refusals: which refused pushes go to the log.
    """

    settings: Settings
    store: Store
    envelope: Envelope
    words: BlockList
    account: AccountHolder
    development: bool = False
    now: Callable[[], float] = time.time
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    refusals: Seldom = field(default_factory=Seldom)

    @property
    def texts(self) -> Texts:
        """Texts that followers read, as the account has them."""
        return self.account.current.texts

    def blocked_word(self, text: str) -> Word | None:
        """Return the first word of a question that the setting or the account blocks."""
        return self.words.find(text, "in") or self.account.current.blocked(text, "in")

    def local_time(self) -> datetime:
        """Return the time in the zone of `XINGLIN_TIMEZONE`, in which rules are read."""
        return datetime.fromtimestamp(self.now(), ZoneInfo(self.settings.timezone))

    @property
    def shows_desk(self) -> bool:
        """True where an owner can see who waits for a person."""
        return bool(self.settings.admin_token)

    @property
    def shows_console(self) -> bool:
        """True where /console is there: on an account of one's own only when asked for."""
        settings = self.settings
        return self.development or settings.console or settings.console_public


def open_envelope(settings: Settings, *, age_s: int = 0) -> Envelope:
    """Return the envelope of the account that settings describe.

    Raises:
        SettingsError: they do not fit each other.
    """
    settings.verify()
    key = settings.wechat_aes_key if settings.push_mode != "plain" else ""
    return Envelope(
        settings.wechat_token, settings.wechat_app_id, key, mode=settings.push_mode, age_s=age_s
    )


def attach(app: Flask, services: Services) -> None:
    """Give the app its services."""
    app.extensions[KEY] = services


def current_services() -> Services:
    """Return the services of the app that handles the current request."""
    found: Services = current_app.extensions[KEY]
    return found
