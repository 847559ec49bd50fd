"""Versions of the ranker that votes taught, and which one is in force; 0 is the rule without."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import Any

from xinglin.errors import UnreadableRecord
from xinglin.store import keys
from xinglin.store.connection import Client, store_errors
from xinglin.store.records import dump, read_record

logger = logging.getLogger(__name__)
MOST_VERSIONS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class RankerVersion:
    """One version.

    Attributes:
        number: counts up.
        at: when it was trained, Unix seconds.
        by: who had it trained.
        votes, followers: that it was fitted to.
        auc, rule_auc: of it and of the rule, on followers who were held out.
        low, high: 95 % interval of the difference.
        weights: as `knowledge.ranker` reads them.
    """

    number: int = 0
    at: float
    by: str
    votes: int
    followers: int
    auc: float
    rule_auc: float
    low: float
    high: float
    weights: dict[str, Any]


class RankerRegistry:
    """The ranker in Redis; each worker says with its heartbeat which one it uses."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    def current(self) -> int:
        """Return the number of the version in force; 0 for the rule."""
        with store_errors():
            raw = self._redis.get(keys.RANKER)
        return int(raw) if raw and raw.isdigit() else 0

    def publish(self, version: RankerVersion) -> int:
        """Make a version the one in force; returns its number."""
        with store_errors():
            number = int(self._redis.incr(f"{keys.RANKER}:last"))
            pipe = self._redis.pipeline()
            pipe.lpush(keys.RANKER_VERSIONS, dump(replace(version, number=number)))
            pipe.ltrim(keys.RANKER_VERSIONS, 0, MOST_VERSIONS - 1)
            pipe.set(keys.RANKER, number)
            pipe.execute()
        return number

    def go_to(self, number: int) -> None:
        """Make a version that is kept the one in force; 0 for the rule."""
        with store_errors():
            self._redis.set(keys.RANKER, number)

    def versions(self) -> list[RankerVersion]:
        """Return the versions that are kept, newest first."""
        with store_errors():
            rows = self._redis.lrange(keys.RANKER_VERSIONS, 0, -1)
        found = []
        for row in rows:
            try:
                found.append(read_record(RankerVersion, row))
            except UnreadableRecord as error:
                logger.warning("record_unreadable", extra={"error": str(error)})
        return found

    def version(self, number: int) -> RankerVersion | None:
        """Return one version, or None when it is not kept."""
        return next((one for one in self.versions() if one.number == number), None)
