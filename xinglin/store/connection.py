"""The connection to Redis, and its failures as our own errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import (
    AskError,
    AuthenticationError,
    BusyLoadingError,
    ClusterCrossSlotError,
    ClusterDownError,
    InvalidResponse,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from xinglin.bilingual import Notice, reason
from xinglin.errors import SettingsError, StoreError, StoreUnavailable
from xinglin.store.sentinel import SCHEME, SentinelAddress
from xinglin.store.time_limit import PLACE, limited

# redis-py types every answer as bytes or str, whichever the client gives; ours gives bytes.
Client = Any

CANNOT_SAVE = Notice(
    "Redis takes no writes, since it cannot save its data (MISCONF); make room on the disk of its"
    " host, see that its folder can be written, and look into its log",
    "Redis 存不了盘，因此拒绝写入（MISCONF）；请腾出它所在机器的磁盘空间，"
    "确认它的数据目录可写，并看它的日志",
)
CLUSTER_MODE = Notice(
    "this Redis runs in cluster mode, which Xinglin cannot use, since its steps change keys of"
    " several slots at once; point XINGLIN_REDIS_URL at a Redis with cluster-enabled no (for"
    " failover: a replica and Sentinels, redis+sentinel://host:port,host:port/NAME)",
    "这个 Redis 开着集群模式，杏林用不了：它的每一步都要同时改动多个槽里的键；"
    "请让 XINGLIN_REDIS_URL 指向 cluster-enabled no 的 Redis"
    "（要高可用就用主从加 Sentinel：redis+sentinel://host:port,host:port/NAME）",
)
# A node of a cluster answers a key of another node, or keys of several, so; MOVED is an AskError.
_CLUSTERED = (AskError, ClusterCrossSlotError, ClusterDownError)
_AWAY = (RedisConnectionError, RedisTimeoutError, BusyLoadingError, ReadOnlyError)


def connect(url: str, *, timeout_s: float = 2.0) -> Client:
    """Return a client (values as bytes) that fails fast: a follower waits at most 5 seconds.

    Raises:
        SettingsError: the address is none.
    """
    options = {
        "socket_timeout": timeout_s,
        "socket_connect_timeout": 1.0,
        "health_check_interval": 15,
        "retry": Retry(NoBackoff(), 1),
        "max_connections": 4096,
    }
    with _address_errors():
        if behind_sentinels(url):
            client: Client = SentinelAddress.parse(url).connect(**options)
        else:
            client = Redis.from_url(url, **options)
    pool = client.connection_pool
    pool.connection_class = limited(pool.connection_class)
    return client


def behind_sentinels(url: str) -> bool:
    """Return whether an address names Sentinels instead of the server."""
    return url.startswith(f"{SCHEME}:")


def plain_url(url: str) -> str:
    """Return an address that every Redis program understands: behind Sentinels, their master's.

    Raises:
        SettingsError: the address is none.
        StoreUnavailable: no Sentinel answers.
    """
    if not behind_sentinels(url):
        return url
    with _address_errors(), store_errors():
        return SentinelAddress.parse(url).master_url()


@contextmanager
def _address_errors() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        # The reason may hold a part of the address, and with it the password.
        raise SettingsError(
            Notice(
                "XINGLIN_REDIS_URL is not an address of Redis; write redis://host:port/0,"
                " rediss://..., unix://PATH or redis+sentinel://host:port,host:port/NAME",
                "XINGLIN_REDIS_URL 不是 Redis 的地址；应写成 redis://主机:端口/0、rediss://…、"
                "unix://路径 或 redis+sentinel://主机:端口,主机:端口/名称",
            )
        ) from error


@contextmanager
def store_errors() -> Iterator[None]:
    """Turn redis-py's errors into StoreUnavailable or StoreError."""
    try:
        yield
    except AuthenticationError as error:
        raise StoreUnavailable(_locked(_place(error))) from error
    except _AWAY as error:
        raise StoreUnavailable(_away(_place(error), error)) from error
    except _CLUSTERED as error:
        raise StoreError(CLUSTER_MODE) from error
    except ResponseError as error:
        raise StoreError(_refused(error)) from error
    except RedisError as error:
        raise StoreUnavailable(_away(_place(error), error)) from error


def _place(error: RedisError) -> Notice:
    """Return where the connection that failed leads to; the address alone, no user or password."""
    place = getattr(error, PLACE, "")
    return Notice(f" at {place}", f"（{place}）") if place else Notice("", "")


def _away(place: Notice, error: RedisError) -> Notice:
    cause = error.__cause__ or error.__context__
    # The text of an error of redis-py may quote what was sent; that of the system does not.
    why = reason(cause) if isinstance(cause, OSError) and cause.strerror else _kind(error)
    return Notice(
        f"Redis is away{place}: {why}; start it, or mend XINGLIN_REDIS_URL",
        f"连不上 Redis{place.zh}：{why.zh}；请启动它，或改正 XINGLIN_REDIS_URL",
    )


def _kind(error: RedisError) -> Notice:
    name = type(error).__name__
    if isinstance(error, RedisTimeoutError):
        return Notice(name, "等不到回应")
    if isinstance(error, InvalidResponse):
        return Notice(f"{name}, what answers there is no Redis", "那里回应的不是 Redis")
    return Notice(name, name)


def _locked(place: Notice) -> Notice:
    return Notice(
        f"Redis{place} does not take the user or password of XINGLIN_REDIS_URL; write"
        " redis://:PASSWORD@host:port/0",
        f"Redis{place.zh} 不接受 XINGLIN_REDIS_URL 里的用户或密码；"
        "写法是 redis://:密码@主机:端口/0",
    )


def _refused(error: ResponseError) -> Notice:
    said = str(error)
    if "MISCONF" in said:
        return CANNOT_SAVE
    return Notice(f"Redis refused a command: {said}", f"Redis 拒绝了一条命令：{said}")


def server_ms(redis: Client) -> int:
    """Return the server's clock in milliseconds; those of hosts differ."""
    seconds, micros = redis.time()
    return int(seconds) * 1000 + int(micros) // 1000
