"""Waiting until the workers have said what came of an announced model."""

from __future__ import annotations

from bot.services import Services
from xinglin.store.records import Ack


def wait_for_acks(own: Services, gen: int, expected: set[str], wait_s: float) -> list[Ack]:
    """Return what was said of announcement `gen`, when all who live have or `wait_s` is over."""
    deadline = own.clock() + wait_s
    while True:
        acks = own.store.models.acks(gen)
        missing = expected - {ack.worker for ack in acks}
        if missing:
            missing &= {worker.name for worker in own.store.models.workers()}
        if not missing or own.clock() >= deadline:
            return acks
        own.sleep(0.1)
