"""Rollout of a model to all workers: announced, waited for, and withdrawn where nobody took it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from bot.services import Services
from xinglin.store.operations.model_registry import is_model_name
from xinglin.store.records import Ack, WorkerInfo


@dataclass(frozen=True, slots=True)
class Rollout:
    """Outcome of an announcement.

    Attributes:
        gen: its number.
        ok: workers that serve the model.
        failed: the answers of those that refused it.
        missing: workers that live and have not answered.
    """

    gen: int
    ok: list[str]
    failed: list[Ack]
    missing: list[str]

    @property
    def withdrawn(self) -> bool:
        """True where it was taken back: workers live, and none of them took it."""
        return not self.ok and bool(self.failed or self.missing)

    @property
    def result(self) -> Literal["ok", "failed", "missing"]:
        """Return `ok` where every live worker took it, else what kept it from that."""
        if self.failed:
            return "failed"
        return "ok" if self.ok and not self.missing else "missing"


def previous_model(services: Services) -> str | None:
    """Return the model to come back to: the last other one that every worker took."""
    want = services.store.models.want()
    now = want.name if want else services.settings.model
    return next((name for name in services.store.models.past() if name != now), None)


def _served(workers: list[WorkerInfo]) -> str | None:
    """Return the model that every live worker serves; None where there is no such one.

    Heard from the workers: the setting of the web side may name one that nobody has.
    """
    names = {worker.model for worker in workers}
    return names.pop() if len(names) == 1 else None


def roll_out(services: Services, model: str, wait_s: float) -> Rollout:
    """Announce a model, and wait until every live worker has taken or refused it.

    An announcement that nobody took is withdrawn, so that new workers do not start on it. One that
    comes to it later finds it gone and keeps its model. Where no worker lives it stays for the next
    one, which falls back to the model before when it has to. A model that every worker took is
    noted as one to come back to.

    Raises:
        StoreError: Redis is away; the announcement may stand.
    """
    models = services.store.models
    before = models.want()
    workers = models.workers()
    served = _served(workers)
    if served is not None and is_model_name(served):
        models.note(served)
    expected = {worker.name for worker in workers}
    gen = models.announce(model)
    acks = wait_for_acks(services, gen, expected, wait_s)
    alive = {worker.name for worker in models.workers()}
    found = Rollout(
        gen,
        [ack.worker for ack in acks if ack.state == "ok"],
        [ack for ack in acks if ack.state != "ok"],
        sorted((expected & alive) - {ack.worker for ack in acks}),
    )
    if found.withdrawn:
        models.withdraw(before)
    elif found.result == "ok":
        models.note(model)
    services.store.metrics.count("model_reload", found.result)
    return found


def wait_for_acks(services: Services, gen: int, expected: set[str], wait_s: float) -> list[Ack]:
    """Return what was said of announcement `gen`, when all who live have or `wait_s` is over."""
    deadline = services.clock() + wait_s
    while True:
        acks = services.store.models.acks(gen)
        missing = expected - {ack.worker for ack in acks}
        if missing:
            missing &= {worker.name for worker in services.store.models.workers()}
        if not missing or services.clock() >= deadline:
            return acks
        services.sleep(0.1)
