"""The workers as RQ knows them: asked to leave, or held back."""

from __future__ import annotations

import json
from typing import Literal

from rq.command import PUBSUB_CHANNEL_TEMPLATE
from rq.suspension import WORKERS_SUSPENDED

from xinglin.store import keys
from xinglin.store.connection import Client, store_errors


class Crew:
    """Commands to workers travel over RQ's channel of each worker, and are not acknowledged."""

    def __init__(self, redis: Client) -> None:
        self._redis = redis

    def ask_to_leave(self, worker: str) -> bool:
        """Ask a worker to finish its turns and end; False when it does not listen.

        Ask once: RQ takes a second request, a second later, as an order to drop everything.
        """
        with store_errors():
            heard = self._redis.publish(
                PUBSUB_CHANNEL_TEMPLATE % worker, json.dumps({"command": "shutdown"})
            )
        return int(heard) > 0

    def ask_once(self, worker: str) -> Literal["asked", "asked_before", "deaf"]:
        """Ask a worker to leave unless somebody did in the last minute."""
        with store_errors():
            if not self._redis.set(keys.leaving(worker), "1", nx=True, ex=60):
                return "asked_before"
            if self.ask_to_leave(worker):
                return "asked"
            self._redis.delete(keys.leaving(worker))
        return "deaf"

    def suspended(self) -> bool:
        """Whether `rq suspend` holds all workers back."""
        with store_errors():
            return bool(self._redis.exists(WORKERS_SUSPENDED))
