"""The job that RQ runs: it only says "look at this user", and brings whoever waits besides."""

from __future__ import annotations

from workers.runner import TurnRunner


class _Here:
    """Parts that this process works with; set once by the worker before its first job."""

    runner: TurnRunner | None = None


def serve_with(runner: TurnRunner) -> None:
    """Let jobs of this process go to `runner`."""
    _Here.runner = runner


def look_at_user(user: str) -> None:
    """Admit a user to the process' turns in flight, and all who wait to be looked at.

    Raises:
        RuntimeError: the job runs in a worker that is not an EngineWorker.
    """
    if _Here.runner is None:
        raise RuntimeError("start the worker with: rq worker -w workers.worker.EngineWorker turns")
    _Here.runner.admit(user)
    _Here.runner.drain_ready()
