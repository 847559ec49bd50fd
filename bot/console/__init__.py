"""The local console: chat with the bot through the real webhook, as a follower would."""

from __future__ import annotations

from bot.console import controls, export, fake_platform
from bot.console.views import blueprint

__all__ = ["blueprint", "controls", "export", "fake_platform"]
