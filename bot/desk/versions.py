"""Versions of the account: who published what and when, and the way back."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Response

from bot.admin.responses import body
from bot.desk.frame import blueprint, show
from bot.desk.publishing import author, check_base, published
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
    """Serve an earlier version again, under a new number: {"base", "by"}."""
    services, fields = current_services(), body()
    by, registry = author(fields), services.store.accounts
    base, _ = registry.current()
    check_base(services, fields, base)
    roll_back(registry, number, by, services.now, base=base)
    current, _ = registry.current()
    return published(services, current, by, f"back to version {number}")
