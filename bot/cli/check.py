"""`xinglin check`: is everything as production needs it, and if not, what to do."""

from __future__ import annotations

from collections.abc import Callable

import click

from bot.cli.client import Service, open_store, read_settings, url_option
from xinglin.errors import SettingsError, StoreError, StoreUnavailable
from xinglin.settings import Settings

_COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


@click.command()
@url_option("Also check a running service there, as the platform checks the address.")
@click.option("--platform", is_flag=True, help="Also ask WeChat for an access token.")
def check(url: str | None, platform: bool) -> int:
    """Check token, AES key, Redis, model, notes, clock and workers, and say how to mend each.

    Exit status 1 when something does not work; a warning alone is 0.
    """
    states = []

    def report(state: str, what: str, says: str) -> None:
        states.append(state)
        click.echo(f"{click.style(f'{state:<4}', fg=_COLOURS[state])}  {what:<12}  {says}")

    try:
        settings = read_settings()
    except SettingsError as error:
        report("fail", "settings", str(error))
        return 1
    _look(settings, url, platform, report)
    bad, odd = states.count("fail"), states.count("warn")
    click.echo(f"{len(states)} looked at, {bad} failed, {odd} to look at")
    return 1 if bad else 0


def _look(
    settings: Settings, url: str | None, platform: bool, report: Callable[[str, str, str], None]
) -> None:
    from bot.cli import checks

    for finding in (
        *checks.look_at_account(settings),
        *checks.look_at_secrets(settings),
        *checks.look_at_handover(settings),
    ):
        report(finding.state, finding.what, finding.says)
    try:
        with open_store(settings) as store:
            for finding in checks.look_at_redis(store):
                report(finding.state, finding.what, finding.says)
            if not store.server().clustered:  # nothing else works there
                seen = checks.look_at_workers(store)
                if platform:
                    seen.append(checks.look_at_platform(settings, store))
                for finding in seen:
                    report(finding.state, finding.what, finding.says)
    except SettingsError as error:
        report("fail", "Redis", str(error))
    except StoreUnavailable as error:
        report("fail", "Redis", f"{error}; start it, and look at XINGLIN_REDIS_URL")
    except StoreError as error:
        report("fail", "Redis", str(error))
    if url:
        try:
            for finding in checks.look_at_service(settings, Service(url)):
                report(finding.state, finding.what, finding.says)
        except click.ClickException as error:
            report("fail", "service", error.format_message())
    for finding in (checks.look_at_model(settings), *checks.look_at_knowledge(settings)):
        report(finding.state, finding.what, finding.says)
