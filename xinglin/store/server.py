"""The Redis server's own facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis.exceptions import ResponseError

from xinglin.store.connection import Client, store_errors

OLDEST = (6, 2)  # BLMOVE: a job that was popped is never lost


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """Read from INFO, which hosted servers answer too; they often refuse CONFIG.

    Attributes:
        told: whether it answered INFO; where it did not, only the clock is known.
        clustered: whether it runs in cluster mode.
        version: of Redis, as it writes it.
        role: `master`, or `slave` for a replica.
        evicts: maxmemory-policy.
        limit_bytes, used_bytes: of memory; 0 is no limit.
        appends: whether the append-only file is on.
        append_failed: the last write of that file did not succeed.
        save_failed: the last snapshot did not succeed, for which it refuses writes.
        fsync: appendfsync; "" when the server does not tell.
        clock_s: its clock, Unix seconds.
    """

    told: bool
    clustered: bool
    version: str
    role: str
    evicts: str
    limit_bytes: int
    used_bytes: int
    appends: bool
    append_failed: bool
    save_failed: bool
    fsync: str
    clock_s: float

    @property
    def too_old(self) -> bool:
        """True if the version lacks what RQ needs."""
        if not self.version:
            return False
        parts = [int(part) for part in self.version.split(".")[:2] if part.isdigit()]
        return tuple(parts) < OLDEST


def read_server(redis: Client) -> ServerFacts:
    """Ask the server.

    Raises:
        StoreUnavailable: Redis is away.
    """
    with store_errors():
        info = _info(redis)
        seconds, micros = redis.time()
        fsync = _config(redis, "appendfsync")
        failed = info.get("rdb_last_bgsave_status", "ok") != "ok"
        refuses = failed and _refuses_unsaved(redis)
    return ServerFacts(
        told=bool(info),
        clustered=bool(int(info.get("cluster_enabled", 0))),
        version=str(info.get("redis_version", "")),
        role=str(info.get("role", "")),
        evicts=str(info.get("maxmemory_policy", "")),
        limit_bytes=int(info.get("maxmemory", 0)),
        used_bytes=int(info.get("used_memory", 0)),
        appends=bool(int(info.get("aof_enabled", 0))),
        append_failed=info.get("aof_last_write_status", "ok") != "ok",
        save_failed=refuses,
        fsync=fsync,
        clock_s=int(seconds) + int(micros) / 1e6,
    )


def _info(redis: Client) -> dict[str, Any]:
    """Return what INFO answers; {} where an ACL or the host refuses it, since it only advises."""
    try:
        found: dict[str, Any] = redis.info()
    except ResponseError:
        return {}
    return found


def _refuses_unsaved(redis: Client) -> bool:
    """Return whether it refuses writes after a failed snapshot; where it won't say: yes, as usual."""
    stops = _config(redis, "stop-writes-on-bgsave-error", "yes")
    return stops == "yes" and bool(_config(redis, "save", "?"))


def _config(redis: Client, name: str, unknown: str = "") -> str:
    try:
        return str(redis.config_get(name).get(name, unknown))
    except ResponseError:  # hosted servers and ACLs refuse CONFIG
        return unknown
