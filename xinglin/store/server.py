"""What the Redis server says of itself, and what of that the ledger cannot live with."""

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
        version: of Redis, as it writes it.
        role: `master`, or `slave` for a replica.
        evicts: maxmemory-policy.
        limit_bytes, used_bytes: of memory; 0 is no limit.
        appends: whether the append-only file is on.
        append_failed: the last write of that file did not succeed.
        fsync: appendfsync; "" when the server does not tell.
        clock_s: its clock, Unix seconds.
    """

    version: str
    role: str
    evicts: str
    limit_bytes: int
    used_bytes: int
    appends: bool
    append_failed: bool
    fsync: str
    clock_s: float

    @property
    def too_old(self) -> bool:
        """Whether the version lacks what RQ needs."""
        parts = [int(part) for part in self.version.split(".")[:2] if part.isdigit()]
        return tuple(parts) < OLDEST


def read_server(redis: Client) -> ServerFacts:
    """Ask the server.

    Raises:
        StoreUnavailable: Redis is away.
    """
    with store_errors():
        info: dict[str, Any] = redis.info()
        seconds, micros = redis.time()
        fsync = _fsync(redis)
    return ServerFacts(
        version=str(info.get("redis_version", "0")),
        role=str(info.get("role", "")),
        evicts=str(info.get("maxmemory_policy", "")),
        limit_bytes=int(info.get("maxmemory", 0)),
        used_bytes=int(info.get("used_memory", 0)),
        appends=bool(int(info.get("aof_enabled", 0))),
        append_failed=info.get("aof_last_write_status", "ok") != "ok",
        fsync=fsync,
        clock_s=int(seconds) + int(micros) / 1e6,
    )


def advice(facts: ServerFacts) -> list[str]:
    """Return what is wrong with the server's settings and how to mend it, a sentence each."""
    found = []
    if facts.evicts != "noeviction" and facts.limit_bytes:
        found.append(
            f"Redis evicts data (maxmemory-policy {facts.evicts}); set it to noeviction:"
            " redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf"
        )
    if not facts.appends:
        found.append(
            "Redis keeps no log (appendonly no); a crash loses messages; set it to yes:"
            " redis-cli CONFIG SET appendonly yes, and the same in redis.conf"
        )
    elif facts.fsync == "no":
        found.append(
            "Redis leaves writing its log to the system (appendfsync no); set it to everysec"
        )
    if facts.append_failed:
        found.append("Redis could not write its log; look for a full disk on its host")
    if facts.limit_bytes and facts.used_bytes > 0.9 * facts.limit_bytes:
        found.append(
            f"Redis has used {facts.used_bytes >> 20} of {facts.limit_bytes >> 20} MiB;"
            " raise maxmemory before it refuses messages"
        )
    if facts.role != "master":
        found.append("this Redis is a replica and takes no writes; point at its master")
    if facts.too_old:
        found.append(
            f"Redis is {facts.version}; install 6.2 or newer, before which a killed worker"
            " can lose its job"
        )
    return found


def _fsync(redis: Client) -> str:
    try:
        return str(redis.config_get("appendfsync").get("appendfsync", ""))
    except ResponseError:  # hosted servers and ACLs refuse CONFIG
        return ""
