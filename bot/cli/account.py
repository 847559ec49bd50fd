"""`xinglin init` and `xinglin account`: an account folder, from its first file to every process."""

from __future__ import annotations

import getpass
import os
import socket
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import click

from bot.cli.client import Seconds, open_store, read_settings
from bot.notes_check import check_notes
from xinglin.account import Account, Bundle, find_folder, read_account, read_bundle
from xinglin.account.advice import advise
from xinglin.account.folder import write_file, write_folder
from xinglin.account.publish import (
    note_version,
    noted_version,
    publish_bundle,
    pull,
    roll_back,
)
from xinglin.account.starter import starter_bundle, starter_guide
from xinglin.bilingual import Notice
from xinglin.errors import AccountError
from xinglin.settings import Settings
from xinglin.store import Store
from xinglin.store.account_registry import AccountVersion

_Command = TypeVar("_Command", bound=Callable[..., Any])
_POLL_S = 0.2
_MOST_WARNINGS = 50


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--from", "source", metavar="NAME", help="Begin with an account that is there: tcm.")
@click.option("--name", default="", help="The bot's name; default: the folder's.")
def init(folder: Path, source: str | None, name: str) -> int:
    """Write an account of one's own into FOLDER, to be edited.

    Texts, keyword rules and menu stand in account.toml, commented in Chinese and English; what the
    bot knows goes into knowledge/.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise click.ClickException(f"{folder} is there already and not empty; choose another")
    if source:
        bundle = read_bundle(find_folder(source))
    else:
        bundle = starter_bundle(name or folder.resolve().name)
    try:
        write_folder(folder, bundle)
        if not source:
            write_file(folder / "knowledge" / "README", starter_guide().encode())
    except OSError as error:
        raise click.ClickException(f"{folder} cannot be written: {error.strerror}") from error
    click.echo(f"{folder / 'account.toml'} is yours to edit; then:")
    click.echo(f"  XINGLIN_ACCOUNT={folder} make run       # 试用 / try it")
    click.echo(f"  xinglin account check {folder}          # 检查 / check it")
    click.echo(f"  xinglin account publish {folder}        # 发布 / publish it")
    return 0


@click.group()
def account() -> None:
    """The account folder: check it, publish it, go back."""


def _folder_argument(command: _Command) -> _Command:
    return click.argument(
        "folder", required=False, type=click.Path(file_okay=False, path_type=Path)
    )(command)


@account.command()
@_folder_argument
def check(folder: Path | None) -> int:
    """See whether FOLDER (default: XINGLIN_ACCOUNT) can be published; changes nothing.

    Exit status 1 when a file is wrong: each problem with its line and remedy.
    """
    folder = _folder(folder, read_settings())
    found, bundle, warnings = _checked(folder)
    click.echo(
        f"{folder}: {found.name}, {len(found.rules)} rules, {len(bundle.knowledge)} files of notes,"
        f" {len(found.verify)} verification files"
    )
    _warn(warnings)
    for note in advise(found):
        _say(note, "  note: ", "  提示：")
    return 0


@account.command()
@_folder_argument
@click.option("--force", is_flag=True, help="Replace what somebody else published since.")
@click.option("--by", default="", metavar="NAME", help="Who publishes; default: user and host.")
@click.option("--timeout", "timeout_s", default=15.0, show_default=True, type=Seconds(0, 120))
def publish(folder: Path | None, force: bool, by: str, timeout_s: float) -> int:
    """Check FOLDER (default: XINGLIN_ACCOUNT) and make it the version that every process serves.

    Exit status 1 when a process did not take it.
    """
    settings = read_settings()
    folder = _folder(folder, settings)
    _, bundle, warnings = _checked(folder)
    _warn(warnings)
    with open_store(settings) as store:
        base = None if force else noted_version(folder)
        base = _base(store, bundle, base)
        published = publish_bundle(
            store.accounts, bundle, base=base, by=by or _who(), place=str(folder)
        )
        note_version(folder, published.number, bundle.digest)
        told = "published" if published.state == "published" else "is served already, unchanged"
        click.echo(f"version {published.number} {told}")
        return _wait(store, published.number, timeout_s)


@account.command()
def status() -> int:
    """Show the versions that are kept, and which process serves which."""
    settings = read_settings()
    zone = ZoneInfo(settings.timezone)
    with open_store(settings) as store:
        number, _ = store.accounts.current()
        versions, processes = store.accounts.versions(), store.accounts.processes()
    if not number:
        click.echo(f"nothing was published; each process serves {_folder(None, settings)}")
    for version in versions:
        click.echo(_row(version, zone, is_current=version.number == number))
    for one in processes:
        serves = f"version {one.number}" if one.number else "its folder"
        click.echo(f"  {one.kind} {one.process}: serves {serves}")
        if one.error:
            refused = f"refused version {one.refused}: " if one.refused else ""
            click.echo(f"      {refused}{one.error}")
    if not processes:
        click.echo("no process is running")
    return 0


@account.command(name="pull")
@_folder_argument
@click.option("--force", is_flag=True, help="Lose changes of the folder that were not published.")
def pull_(folder: Path | None, force: bool) -> int:
    """Bring the version in force into FOLDER (default: XINGLIN_ACCOUNT)."""
    settings = read_settings()
    folder = _folder(folder, settings, must_exist=False)
    with open_store(settings) as store:
        try:
            version = pull(store.accounts, folder, force=force)
        except OSError as error:
            raise click.ClickException(f"{folder} cannot be written: {error.strerror}") from error
    click.echo(f"{folder} holds version {version.number} now ({version.by})")
    return 0


@account.command()
@click.argument("number", required=False, type=click.IntRange(1))
@click.option("--by", default="", metavar="NAME", help="Who goes back; default: user and host.")
@click.option("--timeout", "timeout_s", default=15.0, show_default=True, type=Seconds(0, 120))
def rollback(number: int | None, by: str, timeout_s: float) -> int:
    """Go back to version NUMBER, by default to the one before that in force."""
    with open_store() as store:
        wanted = roll_back(store.accounts, number or 0, by or _who())
        current, _ = store.accounts.current()
        click.echo(f"version {wanted.number} is served again, as version {current}")
        return _wait(store, current, timeout_s)


def _folder(given: Path | None, settings: Settings, *, must_exist: bool = True) -> Path:
    if given is None:
        return find_folder(settings.account)
    if must_exist and not given.is_dir():
        raise click.ClickException(f"{given}: no such folder; `xinglin init {given}` makes one")
    return given


def _checked(folder: Path) -> tuple[Account, Bundle, list[Notice]]:
    """Return a folder's account, its files and warnings about its notes.

    Ends with status 1 and its problems when it is bad.
    """
    try:
        bundle = read_bundle(folder)
        found = read_account(bundle, str(folder))
        bundle.pack()
        warnings = check_notes(folder)
    except AccountError as error:
        for problem in error.problems:
            _say(problem)
        raise click.exceptions.Exit(1) from error
    return found, bundle, warnings


def _warn(warnings: list[Notice]) -> None:
    for one in warnings[:_MOST_WARNINGS]:
        _say(one, "  warning: ", "  注意：")
    if (more := len(warnings) - _MOST_WARNINGS) > 0:
        click.echo(f"  and {more} more / 还有 {more} 处")


def _base(store: Store, bundle: Bundle, noted: int | None) -> int | None:
    """Return the version that the folder's changes were made on; a copy of one counts as it."""
    number, digest = store.accounts.current()
    if noted is None or noted == number:
        return noted
    return number if not number or bundle.digest == digest else noted


def _wait(store: Store, number: int, timeout_s: float) -> int:
    """Print what each process did about a version; returns 1 when one did not take it."""
    deadline = time.monotonic() + timeout_s
    while True:
        rows = store.accounts.processes()
        late = [row for row in rows if number not in (row.number, row.refused)]
        if not late or time.monotonic() >= deadline:
            break
        time.sleep(_POLL_S)
    for row in rows:
        if row.number == number:
            click.echo(f"  {row.kind} {row.process}: took it")
        elif row.refused == number:
            click.echo(f"  {row.kind} {row.process}: kept version {row.number}: {row.error}")
        else:
            click.echo(f"  {row.kind} {row.process}: has not answered after {timeout_s:g} s")
    if not rows:
        click.echo("no process is running; the next one that starts will take it")
    return 0 if all(row.number == number for row in rows) else 1


def _row(version: AccountVersion, zone: ZoneInfo, *, is_current: bool) -> str:
    at = datetime.fromtimestamp(version.at, zone).strftime("%Y-%m-%d %H:%M")
    mark = "*" if is_current else " "
    what = f"rollback to {version.of}" if version.of else version.source
    size = f"{version.size / 1024:.0f} KiB"
    return f"{mark} version {version.number}  {at}  {version.by}  {what}  {version.name}  {size}"


def _say(sentence: str, mark: str = "", mark_zh: str = "") -> None:
    click.echo(f"{mark}{sentence}")
    if isinstance(sentence, Notice):
        click.echo(f"{mark_zh}{sentence.zh}")


def _who() -> str:
    try:
        name = getpass.getuser()
    except (OSError, KeyError):  # a container without a user database
        name = str(os.getuid())
    return f"{name}@{socket.gethostname()}"
