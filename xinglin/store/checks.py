"""What is looked at before serving: settings of the Redis server, and its clock."""

from __future__ import annotations

import time
from collections.abc import Callable

from redis.exceptions import ResponseError

from xinglin.store.connection import Client, store_errors

CLOCK_S = 5.0


def server_warnings(redis: Client, now: Callable[[], float] = time.time) -> list[str]:
    """Return what is wrong with the server, one sentence each.

    Raises:
        StoreUnavailable: Redis is away.
    """
    with store_errors():
        try:
            policy, limit, append = (
                redis.config_get(name).get(name)
                for name in ("maxmemory-policy", "maxmemory", "appendonly")
            )
        except ResponseError:
            found = ["Redis does not show its settings; see that it never evicts and keeps a log"]
        else:
            found = _settings(str(policy), int(limit or 0), str(append))
        before = now()
        seconds, micros = redis.time()
        off_s = (before + now()) / 2 - (int(seconds) + int(micros) / 1e6)
    if abs(off_s) > CLOCK_S:
        found.append(
            f"this machine's clock is {off_s:+.0f} s off Redis'; set both by a time server,"
            " else signatures are refused"
        )
    return found


def _settings(policy: str, limit: int, append: str) -> list[str]:
    found = []
    if policy != "noeviction" and limit:
        found.append(f"Redis evicts data (maxmemory-policy {policy}); set it to noeviction")
    if append != "yes":
        found.append("Redis keeps no log (appendonly no); a crash loses messages; set it to yes")
    return found
