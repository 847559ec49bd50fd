"""The name of this processor."""

from __future__ import annotations

import platform
from pathlib import Path


def cpu_name() -> str:
    """Return the processor's name and the features that matter here."""
    info = Path("/proc/cpuinfo")
    text = info.read_text() if info.exists() else ""
    name = next(
        (line.split(":")[1].strip() for line in text.splitlines() if "model name" in line), ""
    )
    flags = next((line for line in text.splitlines() if line.startswith("flags")), "")
    found = [flag for flag in ("avx2", "avx_vnni", "avx512_vnni") if flag in flags.split()]
    return f"{name or platform.processor()} ({', '.join(found)})"
