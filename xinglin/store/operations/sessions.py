"""Who is signed in at the dashboard: kept here, so that signing out and a new token end it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field

from xinglin.errors import UnreadableRecord
from xinglin.store import keys
from xinglin.store.connection import Client, store_errors
from xinglin.store.records import dump, read_record

IDLE_S = 3600
LONGEST_S = 12 * 3600


@dataclass(frozen=True, slots=True)
class Session:
    """One browser that is signed in.

    Attributes:
        csrf: what a page of ours sends along with every change.
    """

    csrf: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """A session as it is kept: `token` is `_mark` of the admin token, `until` in Unix seconds."""

    csrf: str = field(repr=False)
    token: str = field(repr=False)
    until: int


class Sessions:
    """Tickets are random; Redis knows only their hash, so who reads it cannot sign in."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    def open(self, token: str) -> tuple[str, Session]:
        """Return a new ticket for who knew the admin token, and its session."""
        ticket, session = secrets.token_urlsafe(32), Session(secrets.token_urlsafe(24))
        seconds, _ = self._time()
        kept = _Kept(session.csrf, _mark(token, ticket), seconds + LONGEST_S)
        with store_errors():
            self._redis.set(_key(ticket), dump(kept), ex=IDLE_S)
        return ticket, session

    def find(self, ticket: str, token: str) -> Session | None:
        """Return the session of a ticket while it lasts and the admin token is the same."""
        with store_errors():
            raw = self._redis.get(_key(ticket))
        if raw is None:
            return None
        try:
            kept = read_record(_Kept, raw)
        except UnreadableRecord:  # signs in anew
            return None
        seconds, _ = self._time()
        same = hmac.compare_digest(kept.token.encode(), _mark(token, ticket).encode())
        if not same or kept.until <= seconds:
            self.close(ticket)
            return None
        with store_errors():
            self._redis.expire(_key(ticket), min(IDLE_S, kept.until - seconds))
        return Session(kept.csrf)

    def close(self, ticket: str) -> None:
        """Sign out."""
        with store_errors():
            self._redis.delete(_key(ticket))

    def _time(self) -> tuple[int, int]:
        with store_errors():
            seconds, micros = self._redis.time()
        return int(seconds), int(micros)


def _key(ticket: str) -> str:
    return keys.session(hashlib.sha256(ticket.encode("utf-8", "replace")).hexdigest())


def _mark(token: str, ticket: str) -> str:
    """Tie a session to the admin token of now, without keeping anything to guess it from."""
    return hmac.new(token.encode(), ticket.encode("utf-8", "replace"), hashlib.sha256).hexdigest()
