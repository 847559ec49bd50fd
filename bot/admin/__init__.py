"""`/admin`: the dashboard, and the calls behind it, for whoever has the admin token."""

from __future__ import annotations

from bot.admin import lists, models, overview, page, users
from bot.admin.auth import GUESSES_PER_MINUTE, blueprint

__all__ = ["GUESSES_PER_MINUTE", "blueprint", "lists", "models", "overview", "page", "users"]
