"""One question with its evidence, as bytes to learn from."""

from __future__ import annotations

import random
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.prompt import (
    DOCUMENT,
    END,
    clean,
    encode,
    render_conversation,
    render_evidence,
    render_question,
)
from knowledge.drafts import REFUSAL
from training.batches import Measure, plain_batch
from training.data import Bytes

Weights = NDArray[np.float32]

SHOWN_WEIGHT = 0.05
ASKED_WEIGHT = 0.1
ANSWER_WEIGHT = 1.0
REFUSAL_WEIGHT = 2.0
MOST_PIECES = 3
_HELD_OUT = 10


@dataclass(frozen=True, slots=True)
class Example:
    """A question and what to say.

    Attributes:
        evidence: pieces, in the order in which the model sees them; at most three.
        question: as a follower writes it.
        answer: what is to be learnt.
        before: (user, assistant) turns before it.
        must: words that stand in every right answer, for measuring.
    """

    evidence: tuple[str, ...]
    question: str
    answer: str
    before: tuple[tuple[str, str], ...] = ()
    must: tuple[str, ...] = ()


def is_held_out(name: str) -> bool:
    """Return whether a topic or a row is one of the tenth that is never trained on."""
    return zlib.crc32(f"reader/{name}".encode()) % _HELD_OUT == 0


def encode_example(example: Example, codec: str) -> tuple[Bytes, Weights]:
    """Return an example in the chat format: (N,) uint8, and the weight of each byte's loss."""
    refuses = example.answer == REFUSAL
    parts = (
        (render_conversation(example.before) + render_evidence(example.evidence), SHOWN_WEIGHT),
        (render_question(example.question), ASKED_WEIGHT),
        (clean(example.answer) + END, REFUSAL_WEIGHT if refuses else ANSWER_WEIGHT),
    )
    pieces = [np.frombuffer(encode(text, codec), dtype=np.uint8) for text, _ in parts]
    weights = [
        np.full(len(piece), weight, np.float32)
        for piece, (_, weight) in zip(pieces, parts, strict=True)
    ]
    return np.concatenate(pieces), np.concatenate(weights)


Make = Callable[[random.Random], Example]


class ExampleSource:
    """Examples of one kind, made anew for each window: order and company are never the same."""

    def __init__(self, name: str, make: Make, codec: str) -> None:
        """Take what makes an example of a generator."""
        self.name = name
        self._make = make
        self._codec = codec
        self._separator = np.frombuffer(encode(DOCUMENT, codec), dtype=np.uint8)

    def window(self, rng: np.random.Generator, length: int) -> tuple[Bytes, Weights]:
        """Return (length,) bytes of examples one after another, and their weights."""
        chance = random.Random(int(rng.integers(2**63)))
        pieces: list[Bytes] = []
        weights: list[Weights] = []
        filled = 0
        while filled < length:
            if pieces:
                pieces.append(self._separator)
                weights.append(np.full(len(self._separator), ASKED_WEIGHT, np.float32))
            data, counted = encode_example(self._make(chance), self._codec)
            pieces.append(data)
            weights.append(counted)
            filled = sum(map(len, pieces))
        return np.concatenate(pieces)[:length], np.concatenate(weights)[:length]


def fits(example: Example, codec: str, longest: int) -> bool:
    """Return whether an example has at most `longest` bytes."""
    return len(encode_example(example, codec)[0]) <= longest


def measure_examples(
    name: str, examples: Iterable[Example], codec: str, steps: int, stride: int
) -> Measure:
    """Measure the answers of some examples; each fits into `steps`."""
    rows, counted, answer_bytes, characters = [], [], 0, 0
    for one in examples:
        data, weights = encode_example(one, codec)
        answer = len(encode(clean(one.answer) + END, codec))
        rows.append(np.pad(data, (0, stride * (steps + 1) - len(data))))
        only = np.where(np.arange(len(data)) >= len(data) - answer, np.float32(1), np.float32(0))
        counted.append(np.pad(only[stride:], (0, stride * (steps + 1) - len(weights))))
        answer_bytes += answer
        characters += len(clean(one.answer)) + 1
    batch = plain_batch(np.stack(rows), np.stack(counted).astype(np.float32))
    return Measure(name, batch, answer_bytes / characters)


def shuffled(rng: random.Random, right: Iterable[str], others: Iterable[str]) -> tuple[str, ...]:
    """Return pieces of evidence in random order, each once, at most three."""
    pieces = list(dict.fromkeys((*right, *others)))[:MOST_PIECES]
    rng.shuffle(pieces)
    return tuple(pieces)


def company(rng: random.Random) -> int:
    """Return how many pieces beside the right one to show: mostly none, as the service does."""
    return rng.choices((0, 1, 2), (5, 3, 2))[0]
