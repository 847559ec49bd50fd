"""The web side: the Flask app with webhook, admin, health and console."""

from __future__ import annotations

from bot.app import create_app

__all__ = ["create_app"]
