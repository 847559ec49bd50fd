"""The model card: the README.md that lies beside the weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from inference.card import ModelCard
from training.origin import Origin


def model_card(card: ModelCard, origin: Origin, *, machine: str, scores: Mapping[str, Any]) -> str:
    """Return the model card as Markdown."""
    del scores
    return f"# {card.name} {card.version}\n\n{origin.bytes_seen:,} bytes; {machine}\n"
