"""Registry of models: which is wanted, who serves what, who took a new one."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from typing import Any

from xinglin.errors import UnreadableRecord
from xinglin.store import keys
from xinglin.store.connection import Client, store_errors
from xinglin.store.records import Ack, Record, WantedModel, WorkerInfo, dump, load, read_record

logger = logging.getLogger(__name__)

ALIVE_S = 10.0
_PAST = 20
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_CARD_S = 300


def is_model_name(name: object) -> bool:
    """Return whether something is the plain name of a folder among the models, and no path."""
    return isinstance(name, str) and _NAME.fullmatch(name) is not None and ".." not in name


class ModelRegistry:
    """Announcements, acknowledgements and heartbeats."""

    def __init__(self, redis: Client, now: Callable[[], float] | None = None) -> None:
        """Prepare; `now` is the server's clock by default, since those of hosts differ."""
        self._redis, self._now = redis, now or self._server_s

    def want(self) -> WantedModel | None:
        """Return the announced model; None when none was ever announced."""
        with store_errors():
            fields = self._redis.hgetall(keys.MODEL_WANT)
        try:
            return WantedModel(int(fields[b"gen"]), fields[b"name"].decode())
        except (KeyError, ValueError):  # none was announced, or it cannot be read
            return None

    def announce(self, name: str) -> int:
        """Ask every worker for a model; returns the announcement's number."""
        with store_errors():
            gen = int(self._redis.incr(keys.MODEL_WANT + ":gen"))
            self._redis.hset(keys.MODEL_WANT, mapping={"gen": gen, "name": name})
        return gen

    def withdraw(self, before: WantedModel | None) -> None:
        """Go back to what was wanted before, so that new workers do not start on a broken one."""
        with store_errors():
            if before is None:
                self._redis.delete(keys.MODEL_WANT)
            else:
                self._redis.hset(keys.MODEL_WANT, mapping={"gen": before.gen, "name": before.name})

    def note(self, name: str) -> None:
        """Remember a model that every worker took, to come back to."""
        with store_errors():
            if self._redis.lindex(keys.MODEL_PAST, 0) != name.encode():
                self._redis.lpush(keys.MODEL_PAST, name)
                self._redis.ltrim(keys.MODEL_PAST, 0, _PAST - 1)

    def past(self) -> list[str]:
        """Return the models that every worker took, the newest first."""
        with store_errors():
            return [name.decode() for name in self._redis.lrange(keys.MODEL_PAST, 0, -1)]

    def describe(self, version: str, card: Mapping[str, object]) -> None:
        """Say what is served; for as long as somebody goes on saying it."""
        with store_errors():
            self._redis.set(
                keys.model_card(version), json.dumps(card, ensure_ascii=False), ex=_CARD_S
            )

    def card(self, version: str) -> dict[str, Any] | None:
        """Return what workers say about a version that they serve."""
        with store_errors():
            raw = self._redis.get(keys.model_card(version))
        try:
            return load(raw) if raw else None
        except UnreadableRecord:
            return None

    def acknowledge(self, gen: int, ack: Ack) -> None:
        """Say whether this worker took the announced model."""
        with store_errors():
            self._redis.hset(keys.acks(gen), ack.worker, dump(ack))
            self._redis.expire(keys.acks(gen), 3600)

    def acks(self, gen: int) -> list[Ack]:
        """Return what was said so far, by worker."""
        with store_errors():
            rows = self._redis.hgetall(keys.acks(gen))
        return [ack for _, row in sorted(rows.items()) for ack in _readable(Ack, row)]

    def heartbeat(self, info: WorkerInfo) -> None:
        """Say that this worker lives."""
        with store_errors():
            fields = json.loads(dump(info)) | {"seen_at": self._now()}
            self._redis.hset(keys.WORKERS, info.name, json.dumps(fields))

    def goodbye(self, worker: str) -> None:
        """Take a worker that ends from the list."""
        with store_errors():
            self._redis.hdel(keys.WORKERS, worker)

    def workers(self) -> list[WorkerInfo]:
        """Return the workers heard of lately, by name; forgets the others after a while."""
        with store_errors():
            rows = self._redis.hgetall(keys.WORKERS)
            found = [info for _, row in sorted(rows.items()) for info in _readable(WorkerInfo, row)]
            now = self._now()
            gone = [info.name for info in found if now - info.seen_at > 10 * ALIVE_S]
            if gone:
                self._redis.hdel(keys.WORKERS, *gone)
        return [info for info in found if now - info.seen_at <= ALIVE_S]

    def _server_s(self) -> float:
        seconds, micros = self._redis.time()
        return int(seconds) + int(micros) / 1e6


def _readable(kind: type[Record], row: bytes) -> list[Record]:
    """Return the one record of a row, or none when it cannot be read."""
    try:
        return [read_record(kind, row)]
    except UnreadableRecord as error:
        logger.warning("record_unreadable", extra={"error": str(error)})
        return []
