"""A web process joins the embedded server, starting it when nobody has."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace

from xinglin.clock import SYSTEM
from xinglin.embedded.files import Files, read_json, with_secrets
from xinglin.embedded.locks import FileLock
from xinglin.embedded.redis_server import answers_at, find_program
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
    find_program()
    files = Files.under(settings.var)
    settings = with_secrets(settings, files)
    users, start = FileLock(files.users_lock), FileLock(files.start_lock)
    if not SYSTEM.wait_for(users.try_shared, START_S):
        raise EmbeddedError(f"{files.users_lock} is held by another program")
    if not SYSTEM.wait_for(start.try_alone, START_S):
        raise EmbeddedError(f"another process has been starting the server in {files.folder}")
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
        raise EmbeddedError("the embedded server of an earlier run does not end; stop it by hand")
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
        raise EmbeddedError(f"the embedded Redis did not start; see {files.redis_log}")
