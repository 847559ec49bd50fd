"""Tasks that are measured: so many texts at once, so long a prompt, so many bytes to make."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.engine.shapes import Shape


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to time.

    Attributes:
        name: what the tables call it.
        count: texts at once.
        prompt: bytes of each prompt.
        make: bytes to make for each.
        counts: which bytes the speed is of: those "made" after the first, "read", or "all" made,
            with the time of reading the prompts.
    """

    name: str
    count: int
    prompt: int
    make: int
    counts: str

    def context(self) -> float:
        """Return how far back a byte that is made looks, in the mean."""
        return self.prompt + self.make / 2


STREAM = "one stream, mean context 256"
PREFILL = "prefill of 512 bytes"


def tasks_for(shape: Shape, *, quick: bool) -> list[Task]:
    """Return the tasks of a shape, in the order of the tables."""
    tasks = [
        Task(STREAM, 1, 16, 480, "made"),
        Task(PREFILL, 1, 512, 1, "read"),
        *(Task(f"batch of {n}", n, 16, 48, "all") for n in ((1, 32) if quick else (1, 8, 32, 64))),
    ]
    if not quick:
        most = shape.context - 128
        tasks += [Task(f"batch of {n}, context full", n, most, 128, "made") for n in (1, 8)]
    return tasks


def growth_tasks(shape: Shape) -> list[Task]:
    """Return what the pictures need: one stream at growing contexts, growing numbers of users."""
    contexts = [n for n in (64, 128, 256, 512, 1024) if n <= shape.context]
    return [
        *(Task(f"context {n}", 1, n - 32, 64, "made") for n in contexts),
        *(Task(f"users {n}", n, 16, 48, "all") for n in (1, 2, 4, 8, 16, 32, 64)),
    ]
