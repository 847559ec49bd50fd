"""Complaints in any words: a linear classifier over short pieces of text and the parts of a complaint.

`weights.json` has what it learnt, for anyone to read; `python -m xinglin.wishes.learn` made it. Judging
needs no NumPy.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from xinglin.normal import written
from xinglin.wishes.parts import parts_of

FILE = Path(__file__).with_name("weights.json")
LONGEST_PIECE, WINDOW, STRIDE = 4, 60, 30
_EXCUSES = {"@study", "@asked", "@others", "@body"}
_WRONGS = {"@ill", "@poor", "@worst", "@nobody", "@waited", "@never", "@unreached"}
_DOERS = {"@act", "@you", "@party", "@deal", "@promised", "@money", "@sure", "@worst"}
"""Parts that name somebody's doing; without one it takes as much more."""
_TOLD = _WRONGS | {"@rhetoric", "@promised", "@demand", "@money", "@sure"}
"""Parts that tell of something wrong; without one it takes more, and a question is none."""
_ASKS = re.compile(
    "怎么|如何|哪|吗|几[点天个号时]|多久|多少|什么|能不能|可不可以|有没有|是不是|谁|[?？]"
)
_NUMBER = re.compile("[0-9]+")
_NOT_WORD = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Classifier:
    """Classifier of complaints among other messages.

    Attributes:
        weights: of each known piece, in whole steps.
        scale: what a step is worth.
        bias: log-odds of a text without a known piece.
        threshold: least log-odds of a complaint.
        excused: by how much more it takes where a word is studied, or others are spoken of.
    """

    weights: Mapping[str, int]
    scale: float
    bias: float
    threshold: float
    excused: float

    def complains(self, shown: str) -> bool:
        """Return whether a written text complains; of a long one, whether any part does."""
        return any(map(self._complains, windows(shown)))

    def log_odds(self, shown: str) -> float:
        """Return how likely a short written text is a complaint."""
        return self._judge(pieces(shown))

    def _complains(self, shown: str) -> bool:
        held = pieces(shown)
        excused = bool(_EXCUSES & held) and "@you" not in held
        if not excused and is_plain(held):
            return True
        told = held & _TOLD
        if not told and _ASKS.search(shown):
            return False  # a question that tells of nothing wrong
        doubts = excused + 1.5 * (not told) + (not held & _DOERS)
        return self._judge(held) >= self.threshold + doubts * self.excused

    def _judge(self, held: set[str]) -> float:
        total = sum(self.weights.get(piece, 0) for piece in held)
        return self.scale * total * share_of(held) + self.bias


def is_complaint(text: str) -> bool:
    """Return whether a message complains about the account, its people, goods or answers."""
    return read_classifier().complains(written(text))


def is_plain(held: set[str]) -> bool:
    """Return whether the parts alone say it: I complain, I want it made good, you did me wrong."""
    if held & {"@study", "@asked", "@praise"}:
        return False
    if "@sure" in held or ("@money" in held and "@question" not in held):
        return True
    return "@you" in held and len(held & _WRONGS) > ("@question" in held)


def windows(shown: str) -> Iterator[str]:
    """Yield the overlapping parts of a text that are judged."""
    yield shown[:WINDOW]
    for start in range(STRIDE, len(shown) - STRIDE, STRIDE):
        yield shown[start : start + WINDOW]


def pieces(shown: str) -> set[str]:
    """Return the strings of one to four characters that a text holds, and its parts."""
    found = parts_of(shown)
    for run in _NOT_WORD.sub(" ", _NUMBER.sub("0", shown.lower())).split():
        if run.isascii() and len(run) > 1:
            found.add(f"_{run}")
            continue
        for length in range(1, LONGEST_PIECE + 1):
            found.update(run[at : at + length] for at in range(len(run) - length + 1))
    return found


def share_of(held: set[str]) -> float:
    """Return what each piece counts, so that short and long texts weigh alike."""
    return 1.0 / math.sqrt(sum(piece[0] != "@" for piece in held) or 1)


@cache
def read_classifier(file: Path = FILE) -> Classifier:
    """Read the classifier, once.

    Raises:
        OSError, ValueError, KeyError: the file is missing or damaged; the package is broken.
    """
    found = json.loads(file.read_text("utf-8"))
    weights = {str(piece): int(step) for piece, step in found["weights"].items()}
    return Classifier(
        weights, *(float(found[name]) for name in ("scale", "bias", "threshold", "excused"))
    )
