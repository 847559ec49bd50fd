"""What is looked at before serving: settings of the Redis server, and its clock."""

from __future__ import annotations

import time
from collections.abc import Callable

from xinglin.bilingual import Notice
from xinglin.store.connection import Client
from xinglin.store.server import advice, read_server

CLOCK_S = 5.0


def server_warnings(redis: Client, now: Callable[[], float] = time.time) -> list[Notice]:
    """Return what is wrong with the server, one sentence each.

    Raises:
        StoreUnavailable: Redis is away.
    """
    before = now()
    facts = read_server(redis)
    off_s = (before + now()) / 2 - facts.clock_s
    found = advice(facts)
    if abs(off_s) > CLOCK_S:
        found.append(
            Notice(
                f"this machine's clock is {off_s:+.0f} s off Redis'; set both by a time server,"
                " else signatures are refused",
                f"这台机器的时钟与 Redis 相差 {off_s:+.0f} 秒；"
                "请都与时间服务器对时，否则签名会被拒绝",
            )
        )
    return found
