"""Common parts of every recipe of fine-tuning: its sources, their shares, and what is measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from training.batches import Measure, Source
from training.conversations import Turns
from training.data import read_text
from training.data_recipes.dialogue import read_conversations
from training.errors import DataError

IDENTITY = Path(__file__).parent / "data_recipes" / "identity.jsonl"
REPLAY_SHARES = {"classics.train": 0.09, "dialogue.train": 0.08, "general-zh.train": 0.03}
VALID_ROWS = 24


@dataclass(frozen=True, slots=True)
class Recipe:
    """Data that a fine-tuning run learns from.

    Attributes:
        train: sources of windows.
        shares: weight of each source.
        valid: what is measured.
        distilled: sources in which the model is to go on saying what it said at the start.
    """

    train: Sequence[Source]
    shares: dict[str, float]
    valid: Sequence[Measure]
    distilled: tuple[str, ...] = ()


def read_dialogues(path: Path) -> list[tuple[str, Turns]]:
    """Read the (source, turns) of a `.jsonl` file, cleaned.

    Raises:
        DataError: the file is missing or holds no conversation.
    """
    lines = read_text(path).split("\n")
    found: list[tuple[str, Turns]] = list(read_conversations(lines, str(path)))
    if not found:
        raise DataError(f"{path} holds no conversation")
    return found
