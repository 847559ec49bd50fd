"""The doorbell: users that wait for a look, and RQ jobs that bring a worker to look at them.

One job is enough for all who wait, since the worker that it brings looks at them until nobody is
left. So none is enqueued while another still waits: under load a message costs no job.
"""

from __future__ import annotations

import zlib

from rq import Queue
from rq.serializers import JSONSerializer

from xinglin.store import keys
from xinglin.store.connection import Client

QUEUE = "turns"
QUEUE_KEY = f"rq:queue:{QUEUE}"
JOB = "workers.jobs.look_at_user"
# At most so many are popped at once.
_HANDFUL = 16
_PLACES = ("rq:failed:turns", "rq:wip:turns", "rq:finished:turns", "rq:canceled:turns")


def enqueue_user(redis: Client, user: str) -> None:
    """Let a worker look at a user. A lost or superfluous ring does no harm."""
    pipe = redis.pipeline(transaction=False)
    pipe.rpush(keys.READY, user)
    pipe.llen(QUEUE_KEY)
    _, waiting = pipe.execute()
    if not waiting:
        start_job(redis, user)


def start_job(redis: Client, user: str) -> None:
    """Bring a worker; the user stands in the list already."""
    Queue(QUEUE, connection=redis, serializer=JSONSerializer).enqueue(
        JOB, user, result_ttl=0, failure_ttl=60, job_timeout=60, description="look"
    )


def pop_ready(redis: Client, most: int, wait_s: float) -> list[str]:
    """Take up to `most` users off the list, waiting for the first one; none: nobody came."""
    found = redis.lpop(keys.READY, min(most, _HANDFUL))
    if not found:
        came = redis.blpop([keys.READY], timeout=wait_s)
        found = [came[1]] if came else []
    return [user.decode() for user in found]


def ensure_job(redis: Client) -> None:
    """Bring another worker where users still wait and no job does."""
    pipe = redis.pipeline(transaction=False)
    pipe.lindex(keys.READY, 0)
    pipe.llen(QUEUE_KEY)
    user, waiting = pipe.execute()
    if user and not waiting:
        start_job(redis, user.decode())


def dequeue_user(redis: Client, user: str) -> int:
    """Remove a user from the list, and every job that names one; returns how many."""
    queue = Queue(QUEUE, connection=redis)
    lists = (queue.key, queue.intermediate_queue_key)
    ids = {job for key in lists for job in redis.lrange(key, 0, -1)}
    ids |= {job.partition(b":")[0] for key in _PLACES for job in redis.zrange(key, 0, -1)}
    gone = int(redis.lrem(keys.READY, 0, user))
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
