"""Handlers decide what to do about a message."""

from __future__ import annotations

from bot.handlers.decide import decide
from bot.handlers.decisions import Answer, Ask, Collect, Decision, Nothing, Transfer

__all__ = ["Answer", "Ask", "Collect", "Decision", "Nothing", "Transfer", "decide"]
