"""Three bands for the nearest note, and the choice between a question alone and with its subject.

The numbers were fitted by `python -m knowledge.learn` on wordings and topics held out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from knowledge.found import Band, Found, Kind

SHIPPED = Path(__file__).parent / "data" / "bands.json"
_POINTS = re.compile(
    "[它他她这那此该]|^(?:那|还|再)|呢[？?]?$|[？?]{0}^(?:为什么|怎么办|怎么)[？?]?$"
)
_NOT_WORD = re.compile(r"[\W_]+")
BUCKETS = 1024


@dataclass(frozen=True, slots=True)
class Bands:
    """Fitted numbers.

    Attributes:
        learned: weights of the numbers of `closeness`, and bias, for notes that the encoder has
            read.
        fresh: the same for notes that it has not.
        answer: log odds from which a note is told.
        offer: log odds from which topics are offered.
        carry: weights of the numbers of `carry_numbers`, then of hashed pieces.
        carry_bias: bias.
    """

    learned: tuple[float, ...]
    fresh: tuple[float, ...]
    answer: float
    offer: float
    carry: tuple[float, ...]
    carry_bias: float

    def certainty(self, numbers: Sequence[float], *, learned: bool) -> float:
        """Return log odds that the nearest note answers."""
        *weights, bias = self.learned if learned else self.fresh
        return float(np.dot(weights, numbers)) + bias

    def band(self, certainty: float) -> Band:
        """Return what may be made of it."""
        if certainty >= self.answer:
            return Band.ANSWER
        return Band.OFFER if certainty >= self.offer else Band.PASS

    def carries(self, question: str, alone: Found, carried: Found) -> float:
        """Return log odds that a question goes on from the subject before it."""
        numbers = carry_numbers(question, alone, carried)
        total = float(np.dot(self.carry[: len(numbers)], numbers)) + self.carry_bias
        return total + sum(self.carry[len(numbers) + at] for at in set(carry_pieces(question)))


def carry_numbers(question: str, alone: Found, carried: Found) -> list[float]:
    """Return what speaks for and against carrying the subject over."""
    plain = _NOT_WORD.sub("", question)
    same = bool(alone.pieces and carried.pieces and alone.pieces[0].id == carried.pieces[0].id)
    return [
        _bounded(alone.certainty),
        _bounded(carried.certainty),
        float(alone.kind == Kind.EXACT),
        float(carried.kind == Kind.EXACT),
        float(alone.kind in {Kind.CELL, Kind.CARD}),
        float(carried.kind == Kind.CELL),
        float(bool(alone.names)),
        min(len(plain), 30) / 10,
        float(len(plain) <= 6),
        float(bool(_POINTS.search(question))),
        float(same),
        float(bool(alone.pieces) and alone.pieces[0].topic in question),
    ]


def carry_pieces(question: str) -> list[int]:
    """Return hashed characters and pairs of a question."""
    text = f"^{_NOT_WORD.sub('', question)[:60]}$"
    found = [*text[1:-1], *(text[at : at + 2] for at in range(len(text) - 1))]
    return [_hashed(piece) for piece in found]


def _hashed(piece: str) -> int:
    import zlib

    return zlib.crc32(piece.encode("utf-8", "replace")) % BUCKETS


def _bounded(certainty: float) -> float:
    return min(max(certainty, -6.0), 6.0)


def from_record(record: Mapping[str, object]) -> Bands:
    """Return bands from their JSON."""
    plain = {key: tuple(one) if isinstance(one, list) else one for key, one in record.items()}
    return Bands(**plain)  # type: ignore[arg-type]  # our own file, sealed by a digest


@cache
def shipped_bands() -> Bands:
    """Return the numbers that come with the package, read once."""
    return from_record(json.loads(SHIPPED.read_text(encoding="utf-8")))
