"""`xinglin menu`: the buttons under the conversation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from bot.cli.client import open_store, read_settings
from bot.cli.wechat_errors import explain
from xinglin.errors import PlatformError, SettingsError
from xinglin.wechat.client import WechatClient

LARGEST_FILE = 64 << 10  # bytes
BUTTONS, SUB_BUTTONS = 3, 5
NAME_BYTES, SUB_NAME_BYTES, KEY_BYTES = 16, 60, 128
_WANTS = {"click": "key", "view": "url", "scancode_push": "key", "scancode_waitmsg": "key"}


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
    buttons = found.get("button") if isinstance(found, dict) else None
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= BUTTONS:
        raise click.ClickException(f'{file}: write {{"button": [...]}} with 1 to 3 buttons')
    for button in buttons:
        _check_button(button, NAME_BYTES, sub=False)
    return {"button": buttons}


def _check_button(button: Any, name_bytes: int, *, sub: bool) -> None:
    name = button.get("name") if isinstance(button, dict) else None
    if not isinstance(name, str) or not name.strip():
        raise click.ClickException("each button is an object with a name")
    if _size(name) > name_bytes:
        raise click.ClickException(f"button {name!r}: the name may have {name_bytes} bytes")
    below = button.get("sub_button")
    if below is not None:
        if sub or not isinstance(below, list) or not 1 <= len(below) <= SUB_BUTTONS:
            raise click.ClickException(f"button {name!r}: 1 to 5 sub-buttons, and none below them")
        for one in below:
            _check_button(one, SUB_NAME_BYTES, sub=True)
        return
    wanted = _WANTS.get(str(button.get("type")))
    if wanted is None:
        raise click.ClickException(f"button {name!r}: its type must be one of {', '.join(_WANTS)}")
    value = button.get(wanted)
    limit = KEY_BYTES if wanted == "key" else 1024
    if not isinstance(value, str) or not value or _size(value) > limit:
        raise click.ClickException(f"button {name!r}: {wanted} must be text of 1 to {limit} bytes")


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
