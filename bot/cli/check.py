"""`xinglin check`: is everything as production needs it, and if not, what to do."""

from __future__ import annotations

from collections.abc import Callable

import click

from bot.cli.client import Service, open_store, read_settings, url_option
from xinglin.bilingual import Notice, both
from xinglin.errors import SettingsError, StoreError, sentences
from xinglin.settings import Settings

_INDENT = 20
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
        mark = click.style(f"{state:<4}", fg=_COLOURS[state])
        lines = [" / ".join(both(says))] if state == "ok" else both(says)
        click.echo(f"{mark}  {what:<12}  {lines[0]}")
        for line in lines[1:]:
            click.echo(f"{'':{_INDENT}}{line}")

    try:
        settings = read_settings()
    except SettingsError as error:
        report("fail", "settings", sentences(error)[0])
        return 1
    _look(settings, url, platform, report)
    bad, odd = states.count("fail"), states.count("warn")
    summary = Notice(
        f"{len(states)} looked at, {bad} failed, {odd} to look at",
        f"检查了 {len(states)} 项，{bad} 项不行，{odd} 项需要看一看",
    )
    for line in both(summary):
        click.echo(line)
    return 1 if bad else 0


def _look(
    settings: Settings, url: str | None, platform: bool, report: Callable[[str, str, str], None]
) -> None:
    from bot.cli import checks, other_checks

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
                    seen.append(other_checks.look_at_platform(settings, store))
                for finding in seen:
                    report(finding.state, finding.what, finding.says)
    except (SettingsError, StoreError) as error:
        report("fail", "Redis", sentences(error)[0])
    if url:
        try:
            for finding in other_checks.look_at_service(settings, Service(url)):
                report(finding.state, finding.what, finding.says)
        except click.ClickException as error:
            report("fail", "service", error.message)
    for finding in (
        other_checks.look_at_model(settings),
        *other_checks.look_at_knowledge(settings),
    ):
        report(finding.state, finding.what, finding.says)
