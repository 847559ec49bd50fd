"""The Redis store; see store.py."""

from __future__ import annotations

from xinglin.store.records import Accepted, Pending, Reply, Standing, Turn
from xinglin.store.store import Store

__all__ = ["Accepted", "Pending", "Reply", "Standing", "Store", "Turn"]
