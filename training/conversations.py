"""Conversations as byte arrays whose windows begin where a conversation or a turn begins."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.prompt import ASSISTANT, DOCUMENT, END, USER, clean, clean_question, encode
from training.batches import Measure, plain_batch
from training.data import Bytes
from training.errors import DataError

Weights = NDArray[np.float32]
Turns = Sequence[tuple[str, str]]

USER_WEIGHT = 0.2
ASSISTANT_WEIGHT = 1.0


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation in the chat format.

    Attributes:
        data: (N,) uint8.
        weights: (N,) float32, how much the loss of each byte counts.
        turns: places in `data` where a turn begins; the first is 0.
        answer_characters: characters of the answers, `END` counted.
    """

    data: Bytes
    weights: Weights
    turns: tuple[int, ...]
    answer_characters: int


def encode_conversation(turns: Turns, codec: str) -> Conversation:
    """Encode (user, assistant) turns, remembering which bytes the assistant wrote."""
    pieces: list[Bytes] = []
    weights: list[Weights] = []
    begins: list[int] = []
    characters = 0
    for user, assistant in turns:
        begins.append(sum(map(len, pieces)))
        answer = f"{clean(assistant)}{END}"
        characters += len(answer)
        for text, weight in (
            (f"{USER}{clean_question(user)}{ASSISTANT}", USER_WEIGHT),
            (answer, ASSISTANT_WEIGHT),
        ):
            pieces.append(np.frombuffer(encode(text, codec), dtype=np.uint8))
            weights.append(np.full(len(pieces[-1]), weight, np.float32))
    return Conversation(np.concatenate(pieces), np.concatenate(weights), tuple(begins), characters)


class ConversationCorpus:
    """Many conversations of one kind."""

    def __init__(self, name: str, conversations: Iterable[Turns], codec: str) -> None:
        """Encode all of them.

        Args:
            name: for reports and shares.
            conversations: (user, assistant) turns of each.
            codec: the model's text codec.

        Raises:
            DataError: there is no conversation.
        """
        self.name = name
        self.conversations = [encode_conversation(turns, codec) for turns in conversations if turns]
        if not self.conversations:
            raise DataError(f"{name} holds no conversation")
        self._separator = np.frombuffer(encode(DOCUMENT, codec), dtype=np.uint8)

    def window(self, rng: np.random.Generator, length: int) -> tuple[Bytes, Weights]:
        """Return (length,) bytes of random conversations one after another, and their weights.

        The first byte begins a conversation; in one that is longer than the window, any turn.
        """
        pieces: list[Bytes] = []
        weights: list[Weights] = []
        filled = 0
        while filled < length:
            if pieces:
                pieces.append(self._separator)
                weights.append(np.full(len(self._separator), USER_WEIGHT, np.float32))
            chosen = self.conversations[int(rng.integers(len(self.conversations)))]
            start = _start(chosen, rng, length)
            pieces.append(chosen.data[start:])
            weights.append(chosen.weights[start:])
            filled = sum(map(len, pieces))
        return np.concatenate(pieces)[:length], np.concatenate(weights)[:length]


def _start(conversation: Conversation, rng: np.random.Generator, length: int) -> int:
    if len(conversation.data) <= length:
        return 0
    last = len(conversation.data) - length // 2
    starts = [turn for turn in conversation.turns if turn <= last]
    return starts[int(rng.integers(len(starts)))]


def measure_answers(corpus: ConversationCorpus, rows: int, steps: int, stride: int = 1) -> Measure:
    """Measure the answers (with their END) of conversations spread evenly over a corpus."""
    chosen = corpus.conversations
    picks = np.linspace(0, len(chosen) - 1, min(rows, len(chosen))).astype(int)
    data = np.zeros((len(picks), stride * (steps + 1)), np.uint8)
    weights = np.zeros((len(picks), stride * steps), np.float32)
    for row, pick in enumerate(picks):
        piece = chosen[pick]
        size = min(len(piece.data), data.shape[1])
        data[row, :size] = piece.data[:size]
        weights[row, : max(0, size - stride)] = piece.weights[stride:size] == ASSISTANT_WEIGHT
    answer_bytes = sum(int((c.weights == ASSISTANT_WEIGHT).sum()) for c in chosen)
    per_character = answer_bytes / sum(c.answer_characters for c in chosen)
    return Measure(f"{corpus.name} answers", plain_batch(data, weights), per_character)
