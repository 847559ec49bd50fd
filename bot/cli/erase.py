"""`xinglin erase`: delete everything about one user."""

from __future__ import annotations

import re

import click

from bot.cli.client import open_store
from xinglin.store import Store

_HASHED = re.compile(r"[0-9a-f]{8,24}")


_WHOLE_HASH = 24


LONGEST_OPENID = 128


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
