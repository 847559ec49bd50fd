"""`xinglin run`: the service on this machine, for one person."""

from __future__ import annotations

import os
import signal
import sys

import click


@click.command()
@click.option("-p", "--port", default=5000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
def run(port: int, host: str) -> int:
    """Start web, worker and a private Redis, and chat in the browser.

    With XINGLIN_REDIS_URL set only the web side starts, on that Redis. In production run
    gunicorn instead: docs/deployment.md.
    """
    from bot.app import create_app, port_taken

    os.environ["FLASK_RUN_PORT"] = str(port)
    signal.signal(signal.SIGTERM, _interrupt)
    app = create_app()
    try:
        app.run(host, port, threaded=True)
    except SystemExit as error:  # werkzeug has printed why it cannot listen
        raise click.ClickException(port_taken(port, host)) from error
    except KeyboardInterrupt:
        sys.stderr.write("\n")
    return 0


def _interrupt(number: int, frame: object) -> None:
    del number, frame
    raise KeyboardInterrupt
