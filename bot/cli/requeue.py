"""`xinglin requeue`: try messages again that were put aside."""

from __future__ import annotations

from typing import Any

import click

from bot.cli.client import open_store
from xinglin.bilingual import Notice
from xinglin.store import Store

_SAYS = {
    "queued": "in the queue again",
    "text_gone": "its text has expired or was erased; taken off the list",
    "still_waiting": "still in work; left as it is",
}


@click.command()
@click.argument("messages", nargs=-1, metavar="[MESSAGE_ID]...")
@click.option("--all", "every", is_flag=True, help="Every one on the list.")
def requeue(messages: tuple[str, ...], every: bool) -> int:
    """Try messages again that were put aside after three tries.

    Without an argument lists them. The answer goes where any late reply goes: by customer-service
    message, or to the follower's next tap on the link. Exit status 1 when one cannot be tried.
    """
    with open_store() as store:
        letters = store.dead_letters.entries()[::-1]
        if not messages and not every:
            return _list(store, letters)
        unknown = set(messages) - {letter["id"] for letter in letters}
        if unknown:
            names = ", ".join(sorted(unknown))
            raise click.ClickException(
                Notice(
                    f"not on the list: {names}; `xinglin requeue` shows it",
                    f"列表里没有：{names}；`xinglin requeue` 可以看列表",
                )
            )
        chosen = [letter for letter in letters if every or letter["id"] in messages]
        outcomes = [_again(store, letter) for letter in chosen]
    if not outcomes:
        click.echo("nothing was put aside")
    return 0 if all(outcome == "queued" for outcome in outcomes) else 1


def _list(store: Store, letters: list[dict[str, Any]]) -> int:
    for letter in letters:
        kept = "" if store.dead_letters.is_kept(letter) else "  (its text is gone)"
        click.echo(f"{letter['id']}  user {letter['user']}{kept}")
    click.echo(f"{len(letters)} put aside" + ("; try with --all" if letters else ""), err=True)
    return 0


def _again(store: Store, letter: dict[str, Any]) -> str:
    outcome = store.dead_letters.requeue(letter["name"])
    click.echo(f"  {letter['id']}: {_SAYS[outcome]}")
    return outcome
