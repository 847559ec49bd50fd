"""A web process joins the embedded server, starting it when nobody has."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace

from xinglin.bilingual import Notice
from xinglin.clock import SYSTEM
from xinglin.embedded.files import Files, read_json, with_secrets
from xinglin.embedded.locks import FileLock
from xinglin.embedded.redis_server import answers_at, did_not_start, find_program, refuse_older
from xinglin.errors import EmbeddedError
from xinglin.settings import PREFIX, Settings

START_S = 20.0
_MADE_UP = (
    "wechat_token",
    "wechat_app_id",
    "wechat_aes_key",
    "wechat_app_secret",
    "wechat_api_base",
)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A web process' hold on the embedded server, which runs while anybody holds it.

    Attributes:
        settings: with the server's address and the secrets that were made up.
    """

    settings: Settings
    _users: FileLock

    def release(self) -> None:
        """Let go; the process' end does the same."""
        self._users.release()


def attach(settings: Settings) -> Attachment:
    """Join the server, or start it.

    Raises:
        EmbeddedError: there is no Redis program, or it did not start; the sentence says why.
    """
    files = Files.under(settings.var)
    refuse_older(find_program(), files)
    settings = with_secrets(settings, files)
    users, start = FileLock(files.users_lock), FileLock(files.start_lock)
    if not SYSTEM.wait_for(users.try_shared, START_S):
        raise EmbeddedError(
            Notice(
                f"{files.users_lock} is held by another program; end it, or choose another folder"
                " with XINGLIN_VAR",
                f"{files.users_lock} 被另一个程序占用；请结束它，或用 XINGLIN_VAR 换一个文件夹",
            )
        )
    if not SYSTEM.wait_for(start.try_alone, START_S):
        raise EmbeddedError(
            Notice(
                f"another process has been starting the server in {files.folder} for"
                f" {START_S:.0f} s; wait for it, or end it",
                f"另一个进程正在 {files.folder} 里启动服务，已过 {START_S:.0f} 秒；请等它或结束它",
            )
        )
    try:
        if not _serving(files):
            _start(files, settings)
        url = str(read_json(files.state)["url"])
    finally:
        start.release()
    return Attachment(replace(settings, redis_url=url), users)


def _serving(files: Files) -> bool:
    probe = FileLock(files.supervisor_lock)
    alone = probe.try_alone()
    probe.release()
    state = read_json(files.state)
    return not alone and bool(state) and answers_at(str(state.get("socket", "")))


def _start(files: Files, settings: Settings) -> None:
    probe = FileLock(files.supervisor_lock)
    free = SYSTEM.wait_for(probe.try_alone, START_S)
    probe.release()
    if not free:
        raise EmbeddedError(
            Notice(
                f"the embedded server of an earlier run in {files.folder} does not end; find it"
                " with `ps aux | grep xinglin.embedded` and stop it with `kill`",
                f"上一次运行在 {files.folder} 里的服务没有结束；"
                "请用 `ps aux | grep xinglin.embedded` 找到它，用 `kill` 结束",
            )
        )
    environment = dict(os.environ)
    for name in _MADE_UP:
        environment[PREFIX + name.upper()] = getattr(settings, name)
    supervisor = subprocess.Popen(
        [sys.executable, "-m", "xinglin.embedded.supervisor", str(settings.var)],
        env=environment,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    SYSTEM.wait_for(lambda: _serving(files) or supervisor.poll() is not None, START_S)
    if not _serving(files):
        supervisor.terminate()
        raise EmbeddedError(did_not_start(files))
