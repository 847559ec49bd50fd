"""What RQ itself shows: its jobs, registries and workers, for the operator to look at.

Reads plain fields only and unpacks no job: whoever can write to Redis could have put a pickle
there.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from xinglin.store.connection import Client, store_errors
from xinglin.store.turns.ready_queue import QUEUE

MOST = 50
_REGISTRIES = {
    "started": "rq:wip:turns",
    "finished": "rq:finished:turns",
    "failed": "rq:failed:turns",
    "deferred": "rq:deferred:turns",
    "scheduled": "rq:scheduled:turns",
    "canceled": "rq:canceled:turns",
}
_PLAIN = ("status", "origin", "created_at", "enqueued_at", "ended_at", "worker_name")
_WORKER = (
    "birth",
    "last_heartbeat",
    "state",
    "queues",
    "version",
    "successful_job_count",
    "failed_job_count",
    "total_working_time",
    "hostname",
    "pid",
)


def read_rq(redis: Client) -> dict[str, Any]:
    """Return counts of each registry, the newest jobs, and RQ's own idea of its workers."""
    queue = f"rq:queue:{QUEUE}"
    with store_errors():
        pipe = redis.pipeline(transaction=False)
        pipe.llen(queue)
        for key in _REGISTRIES.values():
            pipe.zcard(key)
        pipe.lrange(queue, 0, MOST - 1)
        pipe.zrevrange(_REGISTRIES["failed"], 0, MOST - 1)
        pipe.smembers("rq:workers")
        queued, *counts, waiting, failed, names = pipe.execute()
        jobs = _hashes(redis, [b"rq:job:" + _id(raw) for raw in [*waiting, *failed]], _PLAIN)
        workers = _hashes(redis, sorted(names), _WORKER)
    return {
        "queue": QUEUE,
        "counts": {"queued": queued} | dict(zip(_REGISTRIES, counts, strict=True)),
        "jobs": [{"id": name.removeprefix("rq:job:"), **fields} for name, fields in jobs],
        "workers": [
            {"name": name.removeprefix("rq:worker:"), **fields} for name, fields in workers
        ],
    }


def _id(member: bytes) -> bytes:
    """Return the job of a registry's member, which may have an execution behind a colon."""
    return member.partition(b":")[0]


def _hashes(
    redis: Client, names: list[bytes], fields: tuple[str, ...]
) -> list[tuple[str, dict[str, str]]]:
    pipe = redis.pipeline(transaction=False)
    for name in names:
        pipe.hmget(name, fields)
    found = []
    for name, values in zip(names, pipe.execute(), strict=True):
        row = {
            field: _shown(value)
            for field, value in zip(fields, values, strict=True)
            if value is not None
        }
        if row:
            found.append((name.decode(), row))
    return found


def _shown(value: bytes) -> str:
    """Return a field as text; a time without its fractions."""
    text = value.decode("utf-8", "replace")[:200]
    try:
        return datetime.fromisoformat(text).isoformat(timespec="seconds")
    except ValueError:
        return text
