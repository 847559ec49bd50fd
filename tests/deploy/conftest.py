"""The app of tests/bot, for tests that hold deployment files against what it serves."""

from __future__ import annotations

from tests.bot.conftest import app, bot_settings, client, make_app

__all__ = ["app", "bot_settings", "client", "make_app"]
