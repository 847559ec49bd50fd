"""Gunicorn's settings: threads, since a request mostly waits for its reply (up to 5 seconds).

A waiting thread costs some tens of KB; fewer threads than waiting followers is what fails.
"""

from __future__ import annotations

worker_class = "gthread"
workers = 2
threads = 256
timeout = 30
graceful_timeout = 10
keepalive = 15
# Its socket would lie in the home directory, which a hardened service has none of.
control_socket_disable = True


def on_starting(_server: object) -> None:
    """End with status 2 where no process could serve, instead of replacing them for ever."""
    from bot.app import refuse_unusable

    refuse_unusable()
