"""Provenance of weights."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Provenance:
    """Origin of weights, summed over all runs that made them.

    Attributes:
        bytes_seen: bytes trained on.
        seconds: seconds of training.
        corpora: names of everything they were trained on.
    """

    bytes_seen: int = 0
    seconds: float = 0.0
    corpora: tuple[str, ...] = ()
