"""Another model for all workers: announced, waited for, and taken back where nobody took it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.services import Services
from xinglin.store.records import Ack


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


def roll_out(services: Services, model: str, wait_s: float) -> Rollout:
    """Announce a model, and wait until every live worker has taken or refused it.

    An announcement that nobody took is withdrawn, so that new workers do not start on it. One that
    comes to it later finds it gone and keeps its model. Where no worker lives it stays for the next
    one, which falls back to the model before when it has to.

    Raises:
        StoreError: Redis is away; the announcement may stand.
    """
    models = services.store.models
    before = models.want()
    models.note(before.name if before else services.settings.model)
    expected = {worker.name for worker in models.workers()}
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
