"""Regular expressions of an owner, searched by RE2 in time linear in the text."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import re2

LONGEST_PATTERN = 500
MEMORY_BYTES = 1 << 20
SLOWEST_S = 0.02
_PROBES = ("甲a1 " * 800, "a" * 4000, "1" * 4000)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that was found fit; letters match in either case."""

    source: str

    def finds(self, text: str) -> bool:
        """Return whether it occurs in a text."""
        return _compiled(self.source).search(text) is not None


def read_pattern(source: str) -> Pattern:
    """Check a pattern.

    Raises:
        ValueError: it is empty or too long, RE2 refuses it, it takes too long on a long message,
            or it occurs in every message; the sentence says which.
    """
    if not source.strip() or len(source) > LONGEST_PATTERN:
        raise ValueError(f"it must have 1 to {LONGEST_PATTERN} characters")
    try:
        compiled = _compiled(source)
    except re2.error as error:
        raise ValueError(_reason(error)) from error
    if compiled.search("") is not None:
        raise ValueError("it also fits an empty message, and so every message")
    for probe in _PROBES:
        if min(_seconds(compiled, probe) for _ in range(3)) > SLOWEST_S:
            raise ValueError(f"it takes more than {1000 * SLOWEST_S:.0f} ms on a long message")
    return Pattern(source)


def _seconds(compiled: Any, text: str) -> float:
    began = time.thread_time()
    compiled.search(text)
    return time.thread_time() - began


def _reason(error: Exception) -> str:
    said = error.args[0] if error.args else "it cannot be read"
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return f"RE2 refuses it: {text}"


@lru_cache(maxsize=4096)
def _compiled(source: str) -> Any:
    options = re2.Options()
    options.max_mem = MEMORY_BYTES
    options.case_sensitive = False
    options.log_errors = False
    return re2.compile(source, options)
