"""Replies to many questions, and what can be counted about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from training.evaluation.measures import (
    distinct_share,
    is_valid_text,
    overuses_gram,
    repeated_share,
    repeats_gram,
    repeats_unit,
    share,
    wilson_interval,
)
from training.evaluation.prompts import Prompt
from training.evaluation.topic import is_on_topic

LONGEST = 300
"""Characters within which a reply should end by itself."""


@dataclass(frozen=True, slots=True)
class Sample:
    """One reply.

    Attributes:
        prompt: the questions, on one line.
        reply: the text.
        ended: whether the model ended the turn by itself.
        by: what it was told from, and whether the model wrote it; "" where that is not known.
    """

    prompt: str
    reply: str
    ended: bool
    by: str = ""


def measure_replies(prompts: Sequence[Prompt], samples: Sequence[Sample]) -> dict[str, Any]:
    """Return every measure of the replies; shares are from 0 to 1."""
    texts = [sample.reply for sample in samples]
    ended = sum(sample.ended for sample in samples)
    return {
        "replies": len(samples),
        "ended_share": ended / len(samples),
        "ended_interval_95": list(wilson_interval(ended, len(samples))),
        **measure_texts(texts),
        "on_topic": measure_topic(prompts, texts),
    }


def measure_texts(texts: Sequence[str]) -> dict[str, float]:
    """Return what can be counted of texts alone."""
    return {
        "empty_share": share([not text.strip() for text in texts]),
        "valid_share": share([is_valid_text(text) for text in texts]),
        "mean_characters": sum(map(len, texts)) / len(texts),
        "repeats_gram_share": share([repeats_gram(text) for text in texts]),
        "repeats_unit_share": share([repeats_unit(text) for text in texts]),
        "overuses_gram_share": share([overuses_gram(text) for text in texts]),
        "repeated_4gram_share": sum(map(repeated_share, texts)) / len(texts),
        **{f"distinct_{n}": distinct_share(texts, n) for n in (1, 2, 3)},
    }


def measure_topic(prompts: Sequence[Prompt], texts: Sequence[str]) -> dict[str, Any]:
    """Return the on-topic rate of the replies to prompts that have words to look for."""
    found = [
        is_on_topic(text, prompt.words)
        for prompt, text in zip(prompts, texts, strict=True)
        if prompt.words
    ]
    return {
        "asked": len(found),
        "share": share(found),
        "interval_95": list(wilson_interval(sum(found), len(found))),
    }
