"""What a message says that makes the engine of poisoned.py break; importing it changes nothing."""

from __future__ import annotations

CRASH, HANG, LOCK, LOOP = "〔坠〕", "〔挂〕", "〔锁〕", "〔转〕"
