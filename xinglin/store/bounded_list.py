"""Lists for the operator: bounded, newest first, fair to followers, and forgotten in time."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

from xinglin.errors import UnreadableRecord
from xinglin.store.connection import Client, store_errors
from xinglin.store.records import load
from xinglin.store.script import Script

_LATEST = 1e11  # Unix seconds; what is later was not written by us
MOST, MOST_OF_ONE = 1000, 20


class BoundedList:
    """One list; each entry has `at` (Unix seconds) and mostly `user`, and is named by its hash.

    A user has at most 20 entries in it.
    """

    def __init__(
        self, redis: Client, key: str, keep_s: int, now: Callable[[], float] = time.time
    ) -> None:
        self._redis, self._key, self._keep_s, self._now = redis, key, keep_s, now
        self._add = Script(redis, Path(__file__).with_name("bounded_list.lua"))

    def add(self, **fields: Any) -> None:
        """Put an entry in front; what is too old or too much goes."""
        entry = entry_of(self._now(), **fields)
        user = str(fields.get("user", ""))
        with store_errors():
            self._add(
                list=self._key,
                entry=entry,
                owner=user,
                limit_of_one=MOST_OF_ONE,
                limit=MOST,
                keep_s=self._keep_s,
            )
        self.sweep()

    def entries(self) -> list[dict[str, Any]]:
        """Return all entries that can be read, newest first, each with its `name`."""
        return [{"name": _name(raw), **found} for raw in self._rows() if (found := _read(raw))]

    def count(self) -> int:
        """Return how many entries there are."""
        with store_errors():
            return int(self._redis.llen(self._key))

    def drop(self, name: str) -> bool:
        """Remove one entry; False when it is not there."""
        return self.drop_all({name}) > 0

    def drop_all(self, names: Collection[str]) -> int:
        """Remove entries by their names; returns how many were there."""
        return self._remove(lambda raw: _name(raw) in names)

    def forget(self, user: str) -> int:
        """Remove a user's entries; returns how many."""
        return self._remove(lambda raw: user.encode() in raw)

    def sweep(self) -> int:
        """Remove entries that are too old; returns how many."""
        before = self._now() - self._keep_s
        swept = 0
        with store_errors():
            while (raw := self._redis.lindex(self._key, -1)) and _at(raw) < before:
                swept += int(self._redis.lrem(self._key, -1, raw))
        return swept

    def _remove(self, wanted: Callable[[bytes], bool]) -> int:
        with store_errors():
            return sum(
                int(self._redis.lrem(self._key, 0, raw)) for raw in set(self._rows()) if wanted(raw)
            )

    def _rows(self) -> list[bytes]:
        with store_errors():
            rows: list[bytes] = self._redis.lrange(self._key, 0, -1)
        return rows


def entry_of(at: float, **fields: Any) -> str:
    """Return an entry as it stands in a list."""
    return json.dumps({"v": 1, "at": at, **fields}, ensure_ascii=False)


def _read(raw: bytes) -> dict[str, Any]:
    """Return the fields of an entry; {} for one that cannot be read."""
    try:
        found = load(raw)
    except UnreadableRecord:
        return {}
    at, user = found.get("at"), found.get("user", "")
    known = isinstance(at, int | float) and abs(at) < _LATEST and isinstance(user, str)
    return {"user": "", **found} if known else {}


def _at(raw: bytes) -> float:
    """Return when an entry was made; one that cannot be read is as old as can be."""
    return float(_read(raw).get("at", 0.0))


def _name(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:12]
