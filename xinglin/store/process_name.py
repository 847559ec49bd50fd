"""The name of this process, by which its waiting requests are woken."""

from __future__ import annotations

import os
import secrets
import socket


class ProcessName:
    """One name a process: a store that was opened before a fork has another in each child.

    With one name for all, a reply would wake any of them, and mostly not the one that waits.
    """

    def __init__(self) -> None:
        # Process ids come again, and hosts may share a name.
        self._host, self._token = socket.gethostname(), secrets.token_hex(4)

    def __str__(self) -> str:
        """Return host, process id and something random."""
        return f"{self._host}.{os.getpid()}.{self._token}"
