"""`xinglin menu`: the buttons under the conversation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from bot.cli.client import open_store, read_settings
from bot.cli.wechat_errors import explain
from xinglin.account import Account, AccountHolder, find_folder, read_account, read_bundle
from xinglin.bilingual import Notice, in_chinese, reason
from xinglin.errors import PlatformError, SettingsError, sentences
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.wechat.client import WechatClient
from xinglin.wechat.menus import WANTS, check_buttons

LARGEST_FILE = 64 << 10  # bytes


@click.group()
def menu() -> None:
    """The account's menu."""


@menu.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check and show the menu, send nothing.")
def push(file: Path | None, dry_run: bool) -> int:
    """Make [[menu]] of the account, or FILE (JSON, as deploy/menu.json), the menu on WeChat.

    The key of a `click` button reaches the bot as if the follower had typed it: 帮助, 重置, or a
    question.
    """
    settings = read_settings()
    found = read_menu(file) if file else None
    if dry_run:
        found = found or _menu_of(find_folder(settings.account))
        click.echo(f"{file or 'the account'} has a menu of {len(found['button'])} button(s)")
        _show(found["button"])
        return 0
    if not (settings.wechat_app_id and settings.wechat_app_secret):
        raise SettingsError(
            Notice(
                "a menu needs XINGLIN_WECHAT_APP_ID and XINGLIN_WECHAT_APP_SECRET; copy both from"
                " the account's developer page, or try --dry-run",
                "设菜单需要 XINGLIN_WECHAT_APP_ID 和 XINGLIN_WECHAT_APP_SECRET；"
                "请从公众平台的开发者页面复制，或者先用 --dry-run 试",
            )
        )
    with open_store(settings) as store:
        found = found or _served_menu(settings, store)
        try:
            WechatClient(settings, store.tokens).create_menu(found)
        except PlatformError as error:
            raise click.ClickException(explain(error)) from error
    click.echo("the menu is set; a follower sees it within a day, or after following anew")
    return 0


def _show(buttons: list[dict[str, Any]], indent: str = "  ") -> None:
    """Print each button with what its tap does, those below another set in."""
    for button in buttons:
        click.echo(f"{indent}{_described(button)}")
        _show(button.get("sub_button") or [], f"{indent}  ")


def _described(button: dict[str, Any]) -> str:
    if button.get("sub_button"):
        return str(button["name"])
    kind = str(button["type"])
    return f"{button['name']}: {kind} {button[WANTS[kind]]}"


def _menu_of(folder: Path) -> dict[str, Any]:
    return _as_json(read_account(read_bundle(folder), str(folder)))


def _served_menu(settings: Settings, store: Store) -> dict[str, Any]:
    """Return the menu of the version in force; where none was published, that of the folder."""
    return _as_json(AccountHolder(settings, store, "command").current)


def _as_json(account: Account) -> dict[str, Any]:
    if not account.menu:
        raise click.ClickException(
            Notice(
                "the account has no [[menu]]; add one, or name a file",
                "账号里没有 [[menu]]；请加上，或指定一个文件",
            )
        )
    return {"button": list(account.menu)}


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
        why = reason(error)
        raise click.ClickException(
            Notice(f"{file} cannot be read: {why}", f"{file} 读不了：{why.zh}")
        ) from error
    except (ValueError, RecursionError) as error:
        raise click.ClickException(
            Notice(
                f"{file} is not JSON in UTF-8: {error}; deploy/menu.json is an example",
                f"{file} 不是 UTF-8 的 JSON：{error}；可以参考 deploy/menu.json",
            )
        ) from error
    try:
        return {"button": check_buttons(found.get("button") if isinstance(found, dict) else None)}
    except ValueError as error:
        (said,) = sentences(error)
        raise click.ClickException(
            Notice(f"{file}: {said}", f"{file}：{in_chinese(said)}")
        ) from error
