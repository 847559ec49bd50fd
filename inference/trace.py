"""How a reply came about, byte by byte: what was likely, what could be drawn, what was."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from inference.automaton import START, Automaton
from inference.engine import Engine
from inference.prompt import END, encode
from inference.reference.sampler import candidates
from inference.sampling import SamplingConfig

SHOWN = 8
_ENDED = "■"


@dataclass(frozen=True, slots=True)
class Step:
    """One drawn byte.

    Attributes:
        entropy: of all bytes that could follow, in bits, before the method made its choice.
        kept: how many of them could be drawn.
        probability: with which this one was.
        likeliest: up to `SHOWN` of them as characters (in hexadecimal where the byte does not end
            one), with their probabilities, the likeliest first.
    """

    entropy: float
    kept: int
    probability: float
    likeliest: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class TracedCharacter:
    """A character and its bytes' steps; the end of the turn is shown as a stop sign.

    Attributes:
        text: the character.
        steps: one for each of its bytes.
    """

    text: str
    steps: tuple[Step, ...]

    @property
    def entropy(self) -> float:
        """Bits that were open when the character began and went on."""
        return sum(step.entropy for step in self.steps)


def trace(
    engine: Engine, prompt: bytes, reply: bytes, sampling: SamplingConfig, *, ended: bool
) -> list[TracedCharacter]:
    """Return how each character of a reply was drawn, from the model's logits computed anew.

    Args:
        engine: with the model that wrote the reply.
        prompt: what the model was given.
        reply: whole characters, without END.
        sampling: how bytes were chosen; of `wygpt` the repetition penalty is left out.
        ended: whether END was drawn after them.

    Raises:
        BackendError: the backend has no model.
    """
    codec = engine.checkpoint.codec
    automaton = Automaton.for_codec(codec)
    drawn = reply + (encode(END, codec) if ended else b"")
    if not drawn:
        return []
    logits = engine.logits(prompt + drawn)[len(prompt) - 1 : -1]
    found: list[TracedCharacter] = []
    state, begun, steps = START, b"", []
    for row, byte in zip(logits, drawn, strict=True):
        allowed = automaton.next[state] != 255
        plain = SamplingConfig(top_e=math.inf, temperature=sampling.temperature)
        spread = candidates(row, allowed, plain)
        weights = candidates(row, allowed, sampling)
        weights = weights / weights.sum()
        best = np.argsort(-weights, kind="stable")[:SHOWN]
        likeliest = tuple(
            (_shown(begun + bytes([int(b)]), codec), round(float(weights[b]), 4))
            for b in best
            if weights[b] > 0
        )
        likely = spread[spread > 0]
        entropy = float(-(likely * np.log2(likely)).sum())
        kept = int(np.count_nonzero(weights))
        steps.append(Step(round(entropy, 3), kept, round(float(weights[byte]), 4), likeliest))
        state, begun = int(automaton.next[state, byte]), begun + bytes([byte])
        if text := _whole(begun, codec):
            found.append(TracedCharacter(_ENDED if text == END else text, tuple(steps)))
            begun, steps = b"", []
    return found


def _whole(data: bytes, codec: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError:
        return ""


def _shown(data: bytes, codec: str) -> str:
    text = _whole(data, codec)
    return _ENDED if text == END else text or data[-1:].hex()


def characters(found: list[TracedCharacter]) -> Iterator[dict[str, object]]:
    """Yield each character as a record for JSON."""
    for one in found:
        yield {
            "text": one.text,
            "entropy": round(one.entropy, 2),
            "steps": [
                {
                    "entropy": step.entropy,
                    "kept": step.kept,
                    "probability": step.probability,
                    "likeliest": step.likeliest,
                }
                for step in one.steps
            ],
        }
