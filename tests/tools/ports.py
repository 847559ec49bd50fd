"""Loopback ports for the servers of tests, which run in several processes at once."""

from __future__ import annotations

import os
import random
import socket
from itertools import count

# Below the ports that Linux gives to outgoing connections, a part for each process of pytest-xdist.
_FIRST, _LAST, _PARTS = 16_000, 32_000, 8
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _PARTS
_each = (_LAST - _FIRST) // _PARTS
_next = count(random.Random(os.getpid()).randrange(_each))


def free_port() -> int:
    """Return a loopback port that nobody listens on, and that no test here was given before."""
    for number in _next:
        port = _FIRST + _worker * _each + number % _each
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("unreachable")
