"""Versions of the account: who published what and when, and the way back."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response

from bot.admin.responses import body
from bot.desk.frame import blueprint, show
from bot.desk.publishing import author, published
from bot.services import current_services
from xinglin.account.publish import roll_back


@blueprint.get("/versions")
def versions() -> str:
    """List the versions that are kept, newest first, and who serves which."""
    services = current_services()
    zone = ZoneInfo(services.settings.timezone)
    number, _ = services.store.accounts.current()
    rows = [
        (one, datetime.fromtimestamp(one.at, zone).strftime("%Y-%m-%d %H:%M"))
        for one in services.store.accounts.versions()
    ]
    processes = services.store.accounts.processes()
    return show("versions", rows=rows, number=number, processes=processes)


@blueprint.post("/versions/<int:number>/rollback")
def rollback(number: int) -> tuple[Response, int]:
    """Serve an earlier version again, under a new number: {"by": "..."}."""
    services, by = current_services(), author(body())
    wanted = roll_back(services.store.accounts, number, by, services.now)
    return published(
        services, services.store.accounts.current()[0], by, f"rollback {wanted.number}"
    )
