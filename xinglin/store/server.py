"""What the Redis server says of itself, and what of that the ledger cannot live with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from redis.exceptions import ResponseError

from xinglin.bilingual import Notice
from xinglin.store.connection import CLUSTER_MODE, CLUSTER_MODE_ZH, Client, store_errors

OLDEST = (6, 2)  # BLMOVE: a job that was popped is never lost

UNTOLD = Notice(
    "Redis refuses INFO, so nobody knows whether it evicts data or keeps a log; allow it to this"
    " user (ACL SETUSER ... +info +config|get), or see to noeviction and appendonly yes yourself",
    "Redis 不让查 INFO，无法得知它是否会淘汰数据、是否写日志；请给这个用户放行"
    "（ACL SETUSER ... +info +config|get），或者自行确认 noeviction 与 appendonly yes",
)
CLUSTERED = Notice(CLUSTER_MODE, CLUSTER_MODE_ZH)


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
    fsync: str
    clock_s: float

    @property
    def too_old(self) -> bool:
        """Whether the version lacks what RQ needs."""
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
        fsync = _fsync(redis)
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
        fsync=fsync,
        clock_s=int(seconds) + int(micros) / 1e6,
    )


def advice(facts: ServerFacts) -> list[Notice]:
    """Return what is wrong with the server's settings and how to mend it, a sentence each."""
    if not facts.told:
        return []
    found: list[Notice] = [CLUSTERED] if facts.clustered else []
    if facts.evicts != "noeviction" and facts.limit_bytes:
        found.append(
            Notice(
                f"Redis evicts data (maxmemory-policy {facts.evicts}); set it to noeviction:"
                " redis-cli CONFIG SET maxmemory-policy noeviction, and the same in redis.conf",
                f"Redis 会淘汰数据（maxmemory-policy {facts.evicts}），请改为 noeviction："
                "redis-cli CONFIG SET maxmemory-policy noeviction，redis.conf 里也要改",
            )
        )
    if not facts.appends:
        found.append(
            Notice(
                "Redis keeps no log (appendonly no); a crash loses messages; set it to yes:"
                " redis-cli CONFIG SET appendonly yes, and the same in redis.conf",
                "Redis 没有写日志（appendonly no），崩溃会丢消息，请打开："
                "redis-cli CONFIG SET appendonly yes，redis.conf 里也要改",
            )
        )
    elif facts.fsync == "no":
        found.append(
            Notice(
                "Redis leaves writing its log to the system (appendfsync no); set it to everysec",
                "Redis 的日志何时落盘全凭系统（appendfsync no），请改为 everysec",
            )
        )
    if facts.append_failed:
        found.append(
            Notice(
                "Redis could not write its log; look for a full disk on its host",
                "Redis 写不了日志，请看它所在机器的磁盘是否已满",
            )
        )
    if facts.limit_bytes and facts.used_bytes > 0.9 * facts.limit_bytes:
        used, limit = facts.used_bytes >> 20, facts.limit_bytes >> 20
        found.append(
            Notice(
                f"Redis has used {used} of {limit} MiB; raise maxmemory before it refuses messages",
                f"Redis 已用 {used} MiB，上限 {limit} MiB；请调高 maxmemory，否则它会拒收消息",
            )
        )
    if facts.role != "master":
        found.append(
            Notice(
                "this Redis is a replica and takes no writes; point at its master",
                "这个 Redis 是只读副本，请改连主库",
            )
        )
    if facts.too_old:
        found.append(
            Notice(
                f"Redis is {facts.version}; install 6.2 or newer, before which a killed worker"
                " can lose its job",
                f"Redis 是 {facts.version}；请装 6.2 或更新的版本，"
                "旧版本里被杀掉的 worker 会丢任务",
            )
        )
    return found


def _info(redis: Client) -> dict[str, Any]:
    """Return what INFO answers; {} where an ACL or the host refuses it, since it only advises."""
    try:
        found: dict[str, Any] = redis.info()
    except ResponseError:
        return {}
    return found


def _fsync(redis: Client) -> str:
    try:
        return str(redis.config_get("appendfsync").get("appendfsync", ""))
    except ResponseError:  # hosted servers and ACLs refuse CONFIG
        return ""
