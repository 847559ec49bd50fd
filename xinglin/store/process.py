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
        self._pid, self._name = 0, ""

    def __str__(self) -> str:
        """Return host, process id and something random, since process ids come again."""
        if self._pid != os.getpid():
            self._name = f"{socket.gethostname()}.{os.getpid()}.{secrets.token_hex(4)}"
            self._pid = os.getpid()
        return self._name
