"""The command `xinglin`: run the service, look after it, and check it."""

from __future__ import annotations

from bot.cli.main import main

__all__ = ["main"]
