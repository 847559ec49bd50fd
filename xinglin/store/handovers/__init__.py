"""Conversations that a person has taken over from the bot."""

from __future__ import annotations

from xinglin.store.handovers.handovers import Handovers
from xinglin.store.handovers.records import Handover, Met, Reason, Said

__all__ = ["Handover", "Handovers", "Met", "Reason", "Said"]
