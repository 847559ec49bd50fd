"""The workers as RQ knows them: asked to leave, or held back."""

from __future__ import annotations

import json

from rq.command import PUBSUB_CHANNEL_TEMPLATE
from rq.suspension import WORKERS_SUSPENDED

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

    def suspended(self) -> bool:
        """Whether `rq suspend` holds all workers back."""
        with store_errors():
            return bool(self._redis.exists(WORKERS_SUSPENDED))
