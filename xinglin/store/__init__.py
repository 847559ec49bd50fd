"""The Redis store; see store.py."""

from __future__ import annotations

from xinglin.store.records import Accepted, Reply, Standing, Turn
from xinglin.store.store import Store

__all__ = ["Accepted", "Reply", "Standing", "Store", "Turn"]
