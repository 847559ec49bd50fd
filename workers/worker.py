"""`rq worker -w workers.worker.EngineWorker turns`."""

from __future__ import annotations

import logging
import os
import secrets
import socket
import sys
from typing import Any

from rq import SimpleWorker
from rq.exceptions import DeserializationError
from rq.serializers import JSONSerializer

from workers.jobs import serve_with
from workers.runtime import Runtime
from xinglin import log
from xinglin.bilingual import Notice, both
from xinglin.clock import SYSTEM, Clock
from xinglin.diagnostics import start_warnings
from xinglin.errors import AccountError, ModelLoadError, SettingsError, StoreError, sentences, told
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.connection import CLUSTER_MODE, connect, plain_url
from xinglin.store.turns.ready_queue import JOB

logger = logging.getLogger(__name__)
WORKER_TTL_S = 30
CHANNEL_REFUSED = Notice(
    "Redis keeps this user from RQ's channels: `xinglin drain` cannot reach this worker (SIGTERM"
    " does); allow them: ACL SETUSER ... &rq:pubsub:*",
    "Redis 不让这个用户用 RQ 的频道：`xinglin drain` 叫不到这个 worker（SIGTERM 可以）；"
    "请放行：ACL SETUSER ... &rq:pubsub:*",
)
# How long a worker waits for another of its name to end: longer than one is thought to be alive
# after its last heartbeat.
NAME_WAIT_S = 15.0


class EngineWorker(SimpleWorker):
    """One warm engine, many turns in flight.

    RQ's "finished" means that a user was admitted here; whether a message was answered is in the
    store (`xinglin.store`).
    """

    clock: Clock = SYSTEM

    def __init__(self, queues: Any, name: str | None = None, **options: Any) -> None:
        """Connect to `XINGLIN_REDIS_URL`, whatever address the command line gave.

        Waits for Redis; ends the process with 2 for unusable settings, 1 for an unusable model.
        """
        settings = _read_settings()
        name = name or f"{socket.gethostname()}.{os.getpid()}.{secrets.token_hex(3)}"
        store = self._store = _open(settings)
        _wait_for(store)
        try:
            store.verify_restored()
            store.verify_history_key()
            store.followers.note_key()
        except StoreError as error:
            sys.stderr.write(f"xinglin: {told(error)}\n")
            sys.exit(2)
        _look_at_server(store)
        options |= {
            "connection": connect(settings.redis_url, timeout_s=WORKER_TTL_S + 15),
            "serializer": JSONSerializer,
            "worker_ttl": WORKER_TTL_S,
            "maintenance_interval": 60,
            "log_job_description": False,
        }
        names = [getattr(queue, "name", queue) for queue in queues]
        super().__init__(names, name=name, **options)
        try:
            self._runtime = Runtime(settings, store, name)
        except (SettingsError, AccountError) as error:
            sys.stderr.write(f"xinglin: {told(error)}\n")
            sys.exit(2)
        except ModelLoadError as error:
            logger.error("model_refused", extra={"model": settings.model, "error": str(error)})
            sys.stderr.write(f"xinglin: {told(error)}\n")
            sys.exit(1)
        serve_with(self._runtime.runner)

    def subscribe(self) -> None:
        """Listen for RQ's commands, unless an ACL keeps this user from the channel."""
        if self._store.worker_control.may_listen(self.name):
            super().subscribe()  # type: ignore[no-untyped-call]  # rq's
        else:
            logger.warning("channel_refused", extra={"advice": CHANNEL_REFUSED})

    def work(self, *args: Any, **options: Any) -> bool:
        """Serve until told to stop; a process with a turn that hangs ends at once then, with 1."""
        self._claim_name()
        self._runtime.start()
        worked = bool(super().work(*args, **options))
        if self._runtime.runner.stuck:
            logging.shutdown()
            os._exit(1)  # the interpreter would wait for the thread that hangs
        return worked

    def _claim_name(self) -> None:
        """Take the name over from a worker that was killed, instead of waiting for RQ to forget it.

        Ends the process with 1 where a worker of this name is alive.
        """
        deadline = self.clock.monotonic() + NAME_WAIT_S
        while self.connection.exists(self.key) and not self.connection.hexists(self.key, "death"):
            if not self._store.worker_control.is_alive(self.name):
                logger.warning("name_taken_over", extra={"worker": self.name})
                self.connection.delete(self.key)
            elif self.clock.monotonic() > deadline:
                sys.stderr.write(f"xinglin: {_lines(_name_taken(self.name))}\n")
                sys.exit(1)
            else:
                self.clock.sleep(0.5)

    def execute_job(self, job: Any, queue: Any) -> None:
        """Run a job of the ready queue, and nothing else that somebody put into RQ's queue.

        A job names the function to import, so whoever writes to Redis could name any.
        """
        if not _is_ready_job(job):
            logger.error("job_refused", extra={"job": job.id})
            self.connection.lrem(queue.intermediate_queue_key, 1, job.id)
            self.connection.delete(job.key)
            # While it stood in the queue nobody else was enqueued.
            self._runtime.runner.drain_ready()
            return
        super().execute_job(job, queue)

    def teardown(self) -> None:
        """Finish the turns under way before RQ's own farewell."""
        self._runtime.stop()
        # An interrupted blocking read leaves an answer in the pipe; begin with fresh connections,
        # except where the thread that listens for RQ's commands reads, which RQ ends itself.
        self.connection.connection_pool.disconnect(inuse_connections=False)
        super().teardown()  # type: ignore[no-untyped-call]  # rq's


def _lines(sentence: Notice) -> str:
    return "\n".join(both(sentence))


def _name_taken(name: str) -> Notice:
    return Notice(
        f"a worker named {name} is alive; choose another name (rq worker --name ...)",
        f"已有一个叫 {name} 的 worker 在运行；请换个名字（rq worker --name …）",
    )


def _is_ready_job(job: Any) -> bool:
    """Return whether a job is one that `xinglin.store.turns.ready_queue` starts."""
    try:
        named, arguments = job.func_name, job.args
    except DeserializationError:
        return False
    plain = isinstance(arguments, (list, tuple)) and [type(a) for a in arguments] == [str]
    extras = (
        job._success_callback_name,  # noqa: SLF001 - the public names would import them
        job._failure_callback_name,  # noqa: SLF001 - likewise
        job._stopped_callback_name,  # noqa: SLF001 - likewise
        job.webhooks,
        job.kwargs,
        job.instance,
    )
    return named == JOB and plain and not any(extras)


def _lead_command_line() -> None:
    """Lead RQ's own command line to our Redis, and wait for it.

    `rq worker` imports this module, then asks Redis at REDIS_URL whether it is suspended, and ends
    when nobody answers; only after that it makes the worker. So this is the one moment.
    """
    if "worker" not in sys.argv:
        return
    settings = _read_settings()
    store = _open(settings)
    _wait_for(store)
    _refuse_cluster(store)
    os.environ["REDIS_URL"] = plain_url(settings.redis_url)


def _read_settings() -> Settings:
    try:
        settings = Settings.from_env()
        if not settings.redis_url:
            raise SettingsError(
                Notice(
                    "XINGLIN_REDIS_URL is not set; a worker needs the web's Redis",
                    "没有设 XINGLIN_REDIS_URL；worker 要和 web 用同一个 Redis",
                )
            )
    except SettingsError as error:
        sys.stderr.write(f"xinglin: {told(error)}\n")
        sys.exit(2)
    log.configure(settings)
    return settings


def _open(settings: Settings) -> Store:
    try:
        return Store.open(settings)
    except SettingsError as error:
        sys.stderr.write(f"xinglin: {told(error)}\n")
        sys.exit(2)


def _refuse_cluster(store: Store) -> None:
    """End with 2 and a sentence on a Redis in cluster mode; RQ's own says nothing of it."""
    if store.server().clustered:
        sys.stderr.write(f"xinglin: {_lines(CLUSTER_MODE)}\n")
        sys.exit(2)


def _look_at_server(store: Store) -> None:
    """Warn of what is wrong with Redis' settings."""
    for sentence in start_warnings(store):
        logger.warning("redis_settings", extra={"advice": sentence})


def _wait_for(store: Store, clock: Clock = SYSTEM) -> None:
    while True:
        try:
            store.ping()
            return
        except StoreError as error:
            logger.warning("waiting_for_redis", extra={"error": sentences(error)[0]})
            clock.sleep(2)


_lead_command_line()
