"""`xinglin reload`: another model, while the service runs."""

from __future__ import annotations

import click

from bot.cli.client import Seconds, Service, read_settings, service_url, url_option
from xinglin.bilingual import Notice

_ROOM_S = 15.0  # beyond the workers' time, for the request itself


@click.command()
@click.argument("model")
@url_option("The service; default: this machine's, port 8000, or 5000 of `xinglin run`.")
@click.option(
    "--timeout",
    "timeout_s",
    default=30.0,
    show_default=True,
    type=Seconds(0, 120),
    help="Seconds the workers have to load it.",
)
def reload(model: str, url: str | None, timeout_s: float) -> int:
    """Let every worker change to MODEL, the name of a folder among the models.

    Ends when each live worker has taken it or refused it; a refusing worker keeps the old model.
    Exit status 1 when one did not take it.
    """
    service = Service(service_url(url), timeout_s=timeout_s + _ROOM_S)
    answer = service.admin(read_settings(), "POST", "reload", model=model, timeout_s=timeout_s)
    found = answer.fields()
    if "gen" not in found:
        said = str(found.get("error") or f"the service answered {answer.status}")
        raise click.ClickException(Notice(said, f"服务没有接受：{said}"))
    for worker in found.get("ok", []):
        click.echo(f"  {worker}: serves {model}")
    for entry in found.get("failed", []):
        click.echo(f"  {entry['worker']}: kept its model: {entry['error']}")
    for worker in found.get("missing", []):
        later = "" if found.get("withdrawn") else "; it will still change"
        click.echo(f"  {worker}: has not answered after {timeout_s:g} s{later}")
    if not any(found.get(name) for name in ("ok", "failed", "missing")):
        click.echo("no worker is alive; the next one that starts will take it")
    if found.get("withdrawn"):
        click.echo("nobody took it; the announcement was taken back")
    return 0 if answer.status == 200 else 1
