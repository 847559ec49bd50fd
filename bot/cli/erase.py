"""`xinglin erase`: delete everything about one user."""

from __future__ import annotations

import re

import click

from bot.cli.client import open_store
from xinglin.bilingual import Notice, both
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
        unsure = not gone and hashed != user and store.followers.key_use() != "same"
    if unsure:
        raise click.ClickException(_OTHER_KEY)
    for line in both(_erased(gone)):
        click.echo(line)
    return 0


_OTHER_KEY = Notice(
    "nothing is kept about that openid under the XINGLIN_ID_KEY given here, but followers are kept"
    " under another one; give the service's --env-file, or the hashed id that logs show",
    "在这里给的 XINGLIN_ID_KEY 之下没有这个 openid 的内容，但有关注者保存在另一个密钥之下；"
    "请用服务的 --env-file，或给出日志里的散列编号",
)


def _erased(entries: int) -> Notice:
    if not entries:
        return Notice("nothing was kept about that user", "没有保存这位关注者的任何内容")
    return Notice(f"{entries} entries erased", f"已删除 {entries} 项")


def _resolve(store: Store, user: str) -> str:
    if not user.strip() or not user.isprintable() or len(user) > LONGEST_OPENID:
        raise click.ClickException(
            Notice(
                "give an openid, or a hashed id of 8 to 24 hexadecimal digits",
                "请给出 openid，或 8 到 24 位十六进制的散列编号",
            )
        )
    if not _HASHED.fullmatch(user):
        return store.user_key(user)
    if len(user) == _WHOLE_HASH:
        return user
    found = store.find_users(user)
    if len(found) != 1:
        what = "several users begin" if found else "nothing is kept about a user that begins"
        what_zh = "有好几位关注者" if found else "没有保存任何关注者的内容，其"
        raise click.ClickException(
            Notice(
                f"{what} with {user}; logs and the dashboard show more digits",
                f"{what_zh}编号以 {user} 开头；日志和运行台里有更多位数",
            )
        )
    return found[0]
