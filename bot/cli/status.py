"""`xinglin status`: what serves, what waits, and what was counted."""

from __future__ import annotations

import json
import socket
import time
from dataclasses import asdict
from typing import Any

import click

from bot.cli.client import Service, open_store, read_settings, url_option
from xinglin import __version__
from xinglin.account.standing import account_facts
from xinglin.diagnostics import worker_problems
from xinglin.store import Store

_WAITING = ("waiting", "users_active", "overdue_s", "outbox", "dead")
_COLUMNS = ("name", "host", "pid", "model", "backend", "in_flight")


@click.command()
@url_option("Ask a service's /admin/status (needs XINGLIN_ADMIN_TOKEN) instead of Redis.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--here", is_flag=True, help="Count only workers of this host; for health checks.")
def status(url: str | None, as_json: bool, here: bool) -> int:
    """Show workers, queue and counters.

    Looks into Redis directly, so it works while the web side is down. Exit status 1 when no
    worker is alive.
    """
    found = _of_service(url) if url else _of_store()
    if here:
        host = socket.gethostname()
        found["workers"] = [worker for worker in found["workers"] if worker["host"] == host]
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        _show(found)
    return 0 if found["workers"] else 1


def _of_service(url: str) -> dict[str, Any]:
    answer = Service(url).admin(read_settings(), "GET", "status")
    found = answer.fields()
    if answer.status != 200 or not isinstance(found.get("workers"), list):
        raise click.ClickException(
            f"{url} answered {answer.status}: {found.get('error', 'no status')}"
        )
    return found


def _of_store() -> dict[str, Any]:
    with open_store() as store:
        return snapshot(store)


def snapshot(store: Store) -> dict[str, Any]:
    """Return what /admin/status says, read from the store."""
    want, workers = store.models.want(), store.models.workers()
    return {
        "version": __version__,
        "wanted": asdict(want) if want else None,
        "workers": [asdict(worker) for worker in workers],
        "problems": worker_problems(store, workers),
        "counts": store.stats.snapshot(),
        "account": account_facts(store, workers),
        "suspended": store.worker_control.suspended(),
    }


def _show(found: dict[str, Any]) -> None:
    workers, counts = found["workers"], found.get("counts", {})
    click.echo(f"xinglin {found.get('version', '')}, {len(workers)} worker(s) alive")
    rows = [[str(worker.get(name, "")) for name in _COLUMNS] for worker in workers]
    heard = [f"{max(0.0, time.time() - worker.get('seen_at', 0)):.0f} s ago" for worker in workers]
    table = [[*_COLUMNS, "heard"], *([*row, when] for row, when in zip(rows, heard, strict=True))]
    if workers:
        _table([[cell.replace("_", " ") for cell in table[0]], *table[1:]])
    else:
        click.echo("  none: start one with `rq worker -w workers.worker.EngineWorker turns`")
    for problem in found.get("problems", []):
        click.echo(f"  {problem}")
    if found.get("suspended"):
        click.echo("  all workers are held back by `rq suspend`; `rq resume` lets them go on")
    if found.get("wanted"):
        click.echo(f"wanted model: {found['wanted']['name']} (number {found['wanted']['gen']})")
    if account := found.get("account"):
        served = (
            f"version {account['version']} by {account['by']}" if account["version"] else "folder"
        )
        click.echo(
            f"account: {account['name'] or '-'}, {served}, {account['notes']} notes,"
            f" {account['questions']} open questions"
        )
    click.echo("queue:   " + ", ".join(f"{name} {counts.get(name, 0):g}" for name in _WAITING))
    others = {name: value for name, value in sorted(counts.items()) if name not in _WAITING}
    click.echo("counted: " + (", ".join(f"{k} {v:g}" for k, v in others.items()) or "nothing yet"))


def _table(rows: list[list[str]]) -> None:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        padded = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo("  " + "  ".join(padded).rstrip())
