"""Bytes in, bytes out: the byte-level language model engine. Imports nothing else of Xinglin.

The names of `__all__` are the public surface; each is imported when it is first asked for, so that
a command which needs none of them starts at once.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inference.config import EngineConfig
    from inference.engine import Completion, Engine, EngineStats, Sequence
    from inference.errors import EngineError
    from inference.prompt import build_prompt
    from inference.sampling import SamplingConfig

__all__ = [
    "Completion",
    "Engine",
    "EngineConfig",
    "EngineError",
    "EngineStats",
    "SamplingConfig",
    "Sequence",
    "build_prompt",
]
_HOMES = {
    "Completion": "engine",
    "Engine": "engine",
    "EngineConfig": "config",
    "EngineError": "errors",
    "EngineStats": "engine",
    "SamplingConfig": "sampling",
    "Sequence": "engine",
    "build_prompt": "prompt",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first asked for."""
    if name not in _HOMES:
        raise AttributeError(f"module 'inference' has no attribute {name!r}")
    return getattr(import_module(f"inference.{_HOMES[name]}"), name)
