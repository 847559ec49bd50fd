"""`xinglin menu`: the buttons under the conversation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from bot.cli.access import open_store, read_settings
from bot.cli.codes import explain
from xinglin.errors import PlatformError, SettingsError
from xinglin.wechat.client import WechatClient
from xinglin.wechat.menus import check_buttons

LARGEST_FILE = 64 << 10  # bytes


@click.group()
def menu() -> None:
    """The account's menu."""


@menu.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check the file and send nothing.")
def push(file: Path, dry_run: bool) -> int:
    """Make FILE (JSON, as deploy/menu.json) the account's menu.

    The key of a `click` button reaches the bot as if the follower had typed it: 帮助, 重置, or a
    question.
    """
    found = read_menu(file)
    if dry_run:
        click.echo(f"{file} is a menu of {len(found['button'])} button(s)")
        return 0
    settings = read_settings()
    if not (settings.wechat_app_id and settings.wechat_app_secret):
        raise SettingsError("a menu needs XINGLIN_WECHAT_APP_ID and XINGLIN_WECHAT_APP_SECRET")
    with open_store(settings) as store:
        try:
            WechatClient(settings, store.tokens).create_menu(found)
        except PlatformError as error:
            raise click.ClickException(explain(error)) from error
    click.echo("the menu is set; a follower sees it within a day, or after following anew")
    return 0


def read_menu(file: Path) -> dict[str, Any]:
    """Read a menu and hold it against the platform's limits.

    Raises:
        click.ClickException: it is none; the sentence names the button.
    """
    try:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST_FILE + 1)
        found = json.loads(raw.decode("utf-8-sig")) if len(raw) <= LARGEST_FILE else None
    except OSError as error:
        raise click.ClickException(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise click.ClickException(f"{file} is not JSON in UTF-8: {error}") from error
    try:
        return {"button": check_buttons(found.get("button") if isinstance(found, dict) else None)}
    except ValueError as error:
        raise click.ClickException(f"{file}: {error}") from error
