"""`xinglin requeue` and `xinglin erase`: what an operator does to messages and users."""

from __future__ import annotations

import re
from typing import Any

import click

from bot.cli.client import open_store
from xinglin.store import Store

_HASHED = re.compile(r"[0-9a-f]{8,24}")
_WHOLE_HASH = 24
LONGEST_OPENID = 128
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
            raise click.ClickException(
                f"not on the list: {', '.join(sorted(unknown))}; `xinglin requeue` shows it"
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


@click.command()
@click.argument("user")
@click.option("--yes", is_flag=True, help="Do not ask.")
def erase(user: str, yes: bool) -> int:
    """Delete everything kept about USER: history, waiting messages, replies, feedback.

    USER is an openid, or the hashed id of logs and lists (its first eight digits will do).
    """
    with open_store() as store:
        hashed = _resolve(store, user)
        if not yes:
            click.confirm(f"Erase everything about user {hashed}?", abort=True)
        gone = store.erase(hashed)
    click.echo(f"{gone} entries erased" if gone else "nothing was kept about that user")
    return 0


def _resolve(store: Store, user: str) -> str:
    if not user.strip() or not user.isprintable() or len(user) > LONGEST_OPENID:
        raise click.ClickException("give an openid, or a hashed id of 8 to 24 hexadecimal digits")
    if not _HASHED.fullmatch(user):
        return store.user_key(user)
    if len(user) == _WHOLE_HASH:
        return user
    found = store.find_users(user)
    if len(found) != 1:
        what = "several users begin" if found else "nothing is kept about a user that begins"
        raise click.ClickException(f"{what} with {user}")
    return found[0]
