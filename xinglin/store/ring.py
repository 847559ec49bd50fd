"""The doorbell: RQ jobs that say "look at this user", and nothing else."""

from __future__ import annotations

import zlib

from rq import Queue
from rq.serializers import JSONSerializer

from xinglin.store.connection import Client

QUEUE = "turns"
JOB = "workers.jobs.look_at_user"
_PLACES = ("rq:failed:turns", "rq:wip:turns", "rq:finished:turns", "rq:canceled:turns")


def ring(redis: Client, user: str) -> None:
    """Tell a worker to look at a user. A lost or superfluous ring does no harm."""
    Queue(QUEUE, connection=redis, serializer=JSONSerializer).enqueue(
        JOB, user, result_ttl=0, failure_ttl=60, job_timeout=60, description="look"
    )


def unring(redis: Client, user: str) -> int:
    """Remove every job that names a user, waiting or not; returns how many."""
    queue = Queue(QUEUE, connection=redis)
    lists = (queue.key, queue.intermediate_queue_key)
    ids = {job for key in lists for job in redis.lrange(key, 0, -1)}
    ids |= {job.partition(b":")[0] for key in _PLACES for job in redis.zrange(key, 0, -1)}
    gone = 0
    for job in ids:
        key = b"rq:job:" + job
        if user.encode() in _unpacked(redis.hget(key, "data")):
            for name in lists:
                redis.lrem(name, 0, job)
            gone += int(redis.delete(key))
    return gone


def _unpacked(data: bytes | None) -> bytes:
    try:
        return zlib.decompress(data or b"")
    except zlib.error:
        return data or b""
