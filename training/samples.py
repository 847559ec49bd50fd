"""Replies to a fixed list of questions, and what can be counted about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inference.engine import Engine
from inference.prompt import build_prompt
from inference.sampling import SamplingConfig
from training.data import read_text
from training.errors import DataError

PROMPTS = Path(__file__).parent / "prompts.txt"
_GRAM = 4


@dataclass(frozen=True, slots=True)
class Sample:
    """One reply.

    Attributes:
        prompt: the question.
        reply: the text.
        ended: whether the model ended the turn by itself.
    """

    prompt: str
    reply: str
    ended: bool


def read_prompts(path: Path | None = None) -> list[str]:
    """Read questions, one a line.

    Raises:
        DataError: there are none.
    """
    path = path or PROMPTS
    prompts = [line.strip() for line in read_text(path).splitlines() if line.strip()]
    if not prompts:
        raise DataError(f"{path} holds no question; write one a line")
    return prompts


def ask(engine: Engine, prompts: Sequence[str], *, max_bytes: int = 600) -> list[Sample]:
    """Ask each question in a conversation of its own."""
    codec, context = engine.checkpoint.codec, engine.checkpoint.config.context
    sequences = [
        engine.submit(
            build_prompt((), prompt, codec=codec, budget_bytes=context),
            SamplingConfig(seed=number, max_bytes=max_bytes),
        )
        for number, prompt in enumerate(prompts)
    ]
    replies = [sequence.result() for sequence in sequences]
    return [
        Sample(prompt, reply.text, reply.finish == "end")
        for prompt, reply in zip(prompts, replies, strict=True)
    ]


def count_samples(samples: Sequence[Sample]) -> dict[str, float]:
    """Return what can be counted: shares from 0 to 1, and a mean length in characters."""
    texts = [sample.reply for sample in samples]
    return {
        "ended by itself": sum(sample.ended for sample in samples) / len(samples),
        "empty": sum(not text.strip() for text in texts) / len(texts),
        "valid text": sum(text.isprintable() or "\n" in text for text in texts) / len(texts),
        "mean characters": sum(map(len, texts)) / len(texts),
        "repeated 4-grams": sum(map(repeated, texts)) / len(texts),
    }


def repeated(text: str) -> float:
    """Return the share of a text's runs of four characters that stood in it before."""
    grams = [text[at : at + _GRAM] for at in range(len(text) - _GRAM + 1)]
    return 1 - len(set(grams)) / len(grams) if grams else 0.0
