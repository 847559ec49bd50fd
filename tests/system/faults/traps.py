"""Messages that break the engine of poisoned.py; importing them changes nothing."""

from __future__ import annotations

CRASH, HANG, LOCK, LOOP = "〔坠〕", "〔挂〕", "〔锁〕", "〔转〕"
