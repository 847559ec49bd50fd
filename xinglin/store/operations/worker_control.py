"""The workers as RQ knows them: asked to leave, or held back."""

from __future__ import annotations

import json
from typing import Literal

from rq.command import PUBSUB_CHANNEL_TEMPLATE
from rq.suspension import WORKERS_SUSPENDED

from xinglin.clock import SYSTEM, Clock
from xinglin.errors import StoreError, StoreUnavailable
from xinglin.store import keys
from xinglin.store.connection import Client, store_errors
from xinglin.store.operations.model_registry import ModelRegistry

# Two heartbeats and a half; and from a worker's birth to its first one.
_BEATS_S, _BIRTH_S, _POLL_S = 5.0, 1.0, 0.25


class WorkerControl:
    """Commands to workers travel over RQ's channel of each worker, and are not acknowledged."""

    def __init__(self, redis: Client, models: ModelRegistry, clock: Clock = SYSTEM) -> None:
        self._redis, self._models, self._clock = redis, models, clock

    def ask_to_leave(self, worker: str) -> bool:
        """Ask a worker to finish its turns and end; False when it does not listen.

        Ask once: RQ takes a second request, a second later, as an order to drop everything.
        """
        with store_errors():
            heard = self._redis.publish(
                PUBSUB_CHANNEL_TEMPLATE % worker, json.dumps({"command": "shutdown"})
            )
        return int(heard) > 0

    def ask_once(self, worker: str) -> Literal["asked", "asked_before", "unreachable"]:
        """Ask a worker to leave unless somebody did in the last minute."""
        with store_errors():
            if not self._redis.set(keys.leaving(worker), "1", nx=True, ex=60):
                return "asked_before"
            if self.ask_to_leave(worker):
                return "asked"
            self._redis.delete(keys.leaving(worker))
        return "unreachable"

    def is_alive(self, worker: str) -> bool:
        """Return whether a worker of this name seems to run: killed ones leave their name.

        Each listens on a channel of its own, which the server closes at once when the process is
        killed. Where nobody listens an ACL may forbid it: then a heartbeat that comes tells.
        """
        last = self._last_beat(worker)
        if self._listens(worker) is not False:
            return last > 0
        deadline = self._clock.monotonic() + (_BEATS_S if last else _BIRTH_S)
        while self._clock.monotonic() < deadline:
            self._clock.sleep(_POLL_S)
            if self._last_beat(worker) > last:
                return True
        return False

    def may_listen(self, worker: str) -> bool:
        """Return whether this user of Redis may use the worker's channel at all."""
        try:
            with store_errors():
                self._redis.publish(PUBSUB_CHANNEL_TEMPLATE % worker, "{}")
        except StoreUnavailable:
            raise
        except StoreError:
            return False
        return True

    def _listens(self, worker: str) -> bool | None:
        """Return whether somebody listens on the worker's channel; None where nobody may ask."""
        channel = PUBSUB_CHANNEL_TEMPLATE % worker
        try:
            with store_errors():
                [(_, listeners)] = self._redis.pubsub_numsub(channel)
        except StoreUnavailable:
            raise
        except StoreError:
            return None
        return bool(listeners)

    def _last_beat(self, worker: str) -> float:
        """Return when a worker was last heard of; 0 for not lately."""
        beats = (info.seen_at for info in self._models.workers() if info.name == worker)
        return next(beats, 0.0)

    def suspended(self) -> bool:
        """Return whether `rq suspend` holds all workers back."""
        with store_errors():
            return bool(self._redis.exists(WORKERS_SUSPENDED))
