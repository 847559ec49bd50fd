"""`xinglin feedback`: what followers' votes teach, published or taken back."""

from __future__ import annotations

from importlib import import_module

import click

from bot.cli.account import who
from bot.cli.client import Seconds, open_store, read_settings
from xinglin.bilingual import Notice
from xinglin.clock import SYSTEM, Clock
from xinglin.store import Store

# Named by string, as the jobs are: the web side imports no NumPy.
_FEEDBACK = "workers.feedback"
_POLL_S = 0.2
_BY = click.option("--by", default="", metavar="NAME", help="Who does it; default: user and host.")
_TIMEOUT = click.option(
    "--timeout", "timeout_s", default=15.0, show_default=True, type=Seconds(0, 120)
)


@click.group()
def feedback() -> None:
    """Votes of followers: what they teach about the choice among drafts.

    Among drafts that passed the check, and only there, a small ranker may choose instead of the
    rule, once it is better for sure. docs/votes.md explains it.
    """


@feedback.command()
@_BY
@_TIMEOUT
def train(by: str, timeout_s: float) -> int:
    """Train a ranker on the votes; publish it where it beats the rule for sure.

    Exit status 1 when it does not, or there are too few votes; the choice stays as it was then.
    """
    with open_store() as store:
        number = import_module(_FEEDBACK).train(store, by or who(), click.echo)
        return _wait(store, number, timeout_s) if number else 1


@feedback.command()
@click.option(
    "--examples",
    default=0,
    type=click.IntRange(0, 100),
    metavar="N",
    help="Replies with what would stand there, in followers' words.",
)
def show(examples: int) -> int:
    """Show the versions, the weights of the one in force, and what it changes."""
    settings = read_settings()
    with open_store(settings) as store:
        import_module(_FEEDBACK).show(store, settings, click.echo, examples)
    return 0


@feedback.command()
@click.argument("number", required=False, type=click.IntRange(0))
@_TIMEOUT
def rollback(number: int | None, timeout_s: float) -> int:
    """Go back to ranker NUMBER, by default to the one before that in force; 0 is the rule."""
    with open_store() as store:
        current = store.rankers.current()
        kept = [one.number for one in store.rankers.versions()]
        if number is None:
            number = next((one for one in kept if one < current), 0)
        if number and number not in kept:
            listed = ", ".join(map(str, [*kept, 0]))
            raise click.ClickException(
                Notice(
                    f"ranker {number} is not kept; there are: {listed}",
                    f"没有第 {number} 版排序器，有：{listed}",
                )
            )
        store.rankers.go_to(number)
        return _wait(store, number, timeout_s)


def _wait(store: Store, number: int, timeout_s: float, clock: Clock = SYSTEM) -> int:
    """Print which worker took a version; returns 1 when one did not."""
    alive = store.models.workers
    clock.wait_for(lambda: all(one.ranker == number for one in alive()), timeout_s, _POLL_S)
    workers = alive()
    late = [one for one in workers if one.ranker != number]
    name, name_zh = (f"ranker {number}", f"第 {number} 版") if number else ("the rule", "规则")
    click.echo(f"{name} chooses from now on / 现在由{name_zh}来选")
    for one in workers:
        kept = f"has ranker {one.ranker}; {one.problem}" if one in late else "took it"
        click.echo(f"  worker {one.name}: {kept}")
    if not workers:
        click.echo("no worker is running; the next one that starts will take it")
    return 1 if late else 0
