"""The workers as RQ knows them: asked to leave, or held back."""

from __future__ import annotations

import json
import time
from typing import Literal

from rq.command import PUBSUB_CHANNEL_TEMPLATE
from rq.suspension import WORKERS_SUSPENDED

from xinglin.errors import StoreError, StoreUnavailable
from xinglin.store import keys
from xinglin.store.connection import Client, store_errors
from xinglin.store.models import ModelRegistry

_BIRTH_S = 0.7


class Crew:
    """Commands to workers travel over RQ's channel of each worker, and are not acknowledged."""

    def __init__(self, redis: Client, models: ModelRegistry) -> None:
        self._redis, self._models = redis, models

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

    def is_alive(self, worker: str) -> bool:
        """Whether a worker of this name runs, as far as one can tell: killed ones leave their name.

        Each listens on a channel of its own from its birth on, and the server closes that of a
        process that was killed at once; two looks, for one that is just being born. Where an ACL
        refuses to tell, and for a host that went without a word, its heartbeats tell.
        """
        for _ in range(2):
            if self._listens(worker) is not False:
                return self._beats(worker)
            time.sleep(_BIRTH_S)
        return False

    def _listens(self, worker: str) -> bool | None:
        """Whether somebody listens on the worker's channel; None where nobody may ask."""
        channel = PUBSUB_CHANNEL_TEMPLATE % worker
        try:
            with store_errors():
                [(_, listeners)] = self._redis.pubsub_numsub(channel)
        except StoreUnavailable:
            raise
        except StoreError:
            return None
        return bool(listeners)

    def _beats(self, worker: str) -> bool:
        return any(info.name == worker for info in self._models.workers())

    def suspended(self) -> bool:
        """Whether `rq suspend` holds all workers back."""
        with store_errors():
            return bool(self._redis.exists(WORKERS_SUSPENDED))
