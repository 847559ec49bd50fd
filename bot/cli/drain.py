"""`xinglin drain`: workers finish what they hold, take nothing more, and end."""

from __future__ import annotations

import click

from bot.cli.client import Seconds, open_store
from xinglin.bilingual import Notice
from xinglin.clock import SYSTEM, Clock
from xinglin.store import Store
from xinglin.store.records import WorkerInfo

LOOK_S = 0.1


@click.command()
@click.argument("workers", nargs=-1, metavar="[WORKER]...")
@click.option("--host", metavar="NAME", help="Every worker of a host.")
@click.option("--all", "every", is_flag=True, help="Every worker.")
@click.option(
    "--rolling",
    is_flag=True,
    help="One after the other, each time waiting until a supervisor has replaced it.",
)
@click.option(
    "--timeout",
    "timeout_s",
    default=60.0,
    show_default=True,
    type=Seconds(0, 3600),
    help="Seconds to wait for each step.",
)
def drain(
    workers: tuple[str, ...], host: str | None, every: bool, rolling: bool, timeout_s: float
) -> int:
    """Let workers finish their turns and end; what they have not begun goes to the others.

    WORKER is a name as `xinglin status` shows it, or its beginning. A supervisor that always
    restarts its workers starts them anew: so --all --rolling brings new code or settings without
    a gap. To keep a worker away, stop it at its supervisor, which drains it the same way. Exit
    status 1 when a worker is still there after the time.
    """
    with open_store() as store:
        chosen = _choose(store.models.workers(), workers, host, every)
        if not rolling:
            return _leave(store, chosen, timeout_s)
        for worker in chosen:
            before = {info.name for info in store.models.workers()}
            if _leave(store, [worker], timeout_s) or _replaced(store, before, timeout_s):
                return 1
    return 0


def _choose(
    alive: list[WorkerInfo], names: tuple[str, ...], host: str | None, every: bool
) -> list[str]:
    if sum((bool(names), host is not None, every)) != 1:
        raise click.UsageError(
            Notice(
                "name workers, or give --host or --all; `xinglin status` shows them",
                "请写出 worker 的名字，或用 --host、--all；`xinglin status` 能看到它们",
            )
        )
    if every:
        return [info.name for info in alive]
    if host is not None:
        found = [info.name for info in alive if info.host == host]
        if not found:
            raise click.ClickException(
                Notice(
                    f"no worker of host {host!r} is alive; `xinglin status` shows them",
                    f"主机 {host} 上没有在运行的 worker；`xinglin status` 能看到它们",
                )
            )
        return found
    return list(dict.fromkeys(_named(alive, name) for name in names))


def _named(alive: list[WorkerInfo], beginning: str) -> str:
    found = [info.name for info in alive if info.name.startswith(beginning)]
    if beginning in found:
        return beginning
    if len(found) != 1:
        what = "several workers begin" if found else "no live worker begins"
        what_zh = "有好几个 worker 的" if found else "没有在运行的 worker 的"
        raise click.ClickException(
            Notice(
                f"{what} with {beginning!r}; `xinglin status` shows them",
                f"{what_zh}名字以 {beginning} 开头；`xinglin status` 能看到它们",
            )
        )
    return found[0]


def _leave(store: Store, names: list[str], timeout_s: float, clock: Clock = SYSTEM) -> int:
    """Ask, then wait; returns 1 when one of them stays."""
    unreachable = [name for name in names if not store.worker_control.ask_to_leave(name)]
    for name in unreachable:
        click.echo(f"  {name}: does not listen; send SIGTERM to its process", err=True)
    left = set(names) - set(unreachable)
    deadline = clock.monotonic() + timeout_s
    while left:
        alive = {info.name for info in store.models.workers()}
        for name in sorted(left - alive):
            click.echo(f"  {name}: ended")
        left &= alive
        if left and clock.monotonic() >= deadline:
            for name in sorted(left):
                click.echo(f"  {name}: still there after {timeout_s:g} s", err=True)
            return 1
        if left:
            clock.sleep(LOOK_S)
    if not names:
        click.echo("no worker is alive")
    return 1 if unreachable else 0


def _replaced(store: Store, before: set[str], timeout_s: float, clock: Clock = SYSTEM) -> int:
    """Wait for a worker that was not there before; returns 1 when none comes."""
    deadline = clock.monotonic() + timeout_s
    while clock.monotonic() < deadline:
        new = {info.name for info in store.models.workers()} - before
        if new:
            click.echo(f"  {new.pop()}: took its place")
            return 0
        clock.sleep(LOOK_S)
    click.echo(
        f"no new worker came in {timeout_s:g} s, so the rest were left alone;"
        " does a supervisor restart them?",
        err=True,
    )
    return 1
