"""`xinglin backup` and `xinglin restore`: a service kept safe, or moved to another server."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from bot.cli.client import open_store, read_settings
from xinglin.backup import make_backup, restore_backup
from xinglin.bilingual import Notice
from xinglin.clock import SYSTEM, Clock
from xinglin.errors import BackupError
from xinglin.store import Store

GONE_S = 12.0
"""Longer than a process is thought to be alive after its last word."""
_LOOK_S = 0.2
_FILE = click.argument("file", type=click.Path(dir_okay=False, path_type=Path))


@click.command()
@_FILE
@click.option("--with-secrets", is_flag=True, help="Tokens and keys, too: keep it like a key.")
@click.option("--without-models", is_flag=True, help="Name the models by their sums alone.")
@click.option("--move", is_flag=True, help="Only where nobody serves any more: see below.")
def backup(file: Path, with_secrets: bool, without_models: bool, move: bool) -> int:
    """Write everything into FILE while the service runs.

    What Redis keeps (conversations, questions that wait, votes, published versions), the account's
    folder, the models, and the settings without secrets. FILE is a zip that its owner alone may
    read; an earlier one stays until the new one is whole. To move to another server stop web and
    workers first and give --move, which waits until they are gone: what is accepted later would
    not be in it. docs/deployment.md has the steps.
    """
    settings = read_settings()
    with open_store(settings) as store:
        if move:
            wait_until_gone(store)
        made = make_backup(
            store, settings, file, with_secrets=with_secrets, with_models=not without_models
        )
        alive = serving(store)
    found = made.manifest
    click.echo(
        f"{file}: {made.size:,} bytes, {found.followers} followers, {found.waiting} questions"
        f" waiting, {len(found.models)} models"
    )
    click.echo(
        f"{file}：{made.size:,} 字节，{found.followers} 位关注者，{found.waiting} 个问题等待回答，"
        f"{len(found.models)} 个模型"
    )
    for name in found.left_out:
        click.echo(f"  left out, no key of ours / 未备份，不是本程序的键: {name}")
    _tell(made.notes)
    if found.plain:
        _tell([_PLAIN])
    if alive:
        _tell([_GOES_ON])
    return 0


@click.command()
@_FILE
@click.option("--force", is_flag=True, help="Delete what this Redis keeps first; never mixed.")
@click.option("--without-models", is_flag=True, help="Redis alone: no models, no account folder.")
def restore(file: Path, force: bool, without_models: bool) -> int:
    """Put a backup into this place, where neither web nor workers run yet.

    Everything is checked before anything is changed: the file, its keys, and that this Redis is
    empty. Questions that wait are answered here. A restoration that was cut off is run again.
    """
    settings = read_settings()
    zone = ZoneInfo(settings.timezone)
    with open_store(settings) as store:
        wait_until_gone(store)
        done = restore_backup(store, settings, file, force=force, with_models=not without_models)
    made_at = datetime.fromtimestamp(done.manifest.made_at, zone).strftime("%Y-%m-%d %H:%M")
    click.echo(
        f"restored what was kept at {made_at}: {done.manifest.followers} followers, {done.keys}"
        f" keys, {done.waiting} questions waiting; {done.expired} had expired"
    )
    click.echo(
        f"已恢复 {made_at} 的数据：{done.manifest.followers} 位关注者，{done.keys} 个键，"
        f"{done.waiting} 个问题等待回答；{done.expired} 个已过期"
    )
    _tell(done.notes)
    click.echo("now start web and workers here / 现在可以启动 web 和 worker")
    return 0


def serving(store: Store) -> list[str]:
    """Return the processes that were heard of lately."""
    workers = {f"worker {one.name}" for one in store.models.workers()}
    webs = {f"web {one.process}" for one in store.accounts.processes() if one.kind == "web"}
    return sorted(workers | webs)


def wait_until_gone(store: Store, clock: Clock = SYSTEM) -> None:
    """Wait for processes that ended, and were alive a moment ago.

    Raises:
        BackupError: one goes on.
    """
    if clock.wait_for(lambda: not serving(store), GONE_S, _LOOK_S):
        return
    names = ", ".join(serving(store))
    raise BackupError(
        Notice(
            f"still running: {names}; stop web first, then the workers (they finish what"
            " they hold), and try again",
            f"还在运行：{names}；请先停 web，再停 worker（会做完手上的），然后重试",
        )
    )


_PLAIN = Notice(
    "texts in it can be read (no XINGLIN_HISTORY_KEY): keep it where nobody else looks",
    "其中的文字没有加密（没有设 XINGLIN_HISTORY_KEY）：请放在别人看不到的地方",
)
_GOES_ON = Notice(
    "the service goes on here, and what it does from now on is not in this file: good to keep, not"
    " to move with (--move)",
    "服务仍在运行，此后的内容不在这个文件里：可作备份；要搬家请用 --move",
)


def _tell(notes: list[Notice]) -> None:
    for note in notes:
        click.echo(f"  note: {note}")
        click.echo(f"  注意：{note.zh}")
