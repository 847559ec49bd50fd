"""Replies to many questions, and what can be counted about them."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from inference.engine import Completion, Engine
from inference.prompt import build_prompt, encode
from inference.sampling import SamplingConfig
from knowledge.reranking import choose_draft
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
class Asking:
    """Way of asking the model.

    Attributes:
        top_e: as in `SamplingConfig`.
        temperature: as in `SamplingConfig`; the service's default.
        seed: another one gives other replies.
        drafts: of each reply, of which the closest to the question counts; the service's default.
    """

    top_e: float = 1.0
    temperature: float = 0.7
    seed: int = 1
    drafts: int = 3

    def sampling(self, number: int, max_bytes: int) -> SamplingConfig:
        """Return the options of draft `number` of all.

        Raises:
            ConfigError: one of them is out of its range.
        """
        return SamplingConfig(
            top_e=self.top_e,
            temperature=self.temperature,
            seed=(self.seed << 20) + number,
            max_bytes=max_bytes,
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """One reply.

    Attributes:
        prompt: the questions, on one line.
        reply: the text.
        ended: whether the model ended the turn by itself.
        made_up: whether it surprised the model more than its card allows; then a service shows
            no reply, but asks for another question.
    """

    prompt: str
    reply: str
    ended: bool
    made_up: bool = False


def ask(
    engine: Engine,
    prompts: Sequence[Prompt],
    asking: Asking,
    progress: Callable[[int], object] = lambda _: None,
) -> list[Sample]:
    """Ask each prompt's questions in a conversation of its own; keep the last replies.

    Args:
        engine: at work.
        prompts: at least one question each.
        asking: dial, temperature and seed.
        progress: is told of each reply.
    """
    codec, context = engine.checkpoint.codec, engine.checkpoint.config.context_bytes
    budget = max(16, context * 3 // 8)  # as the service leaves five eighths to the reply
    longest = LONGEST * len(encode("中", codec))
    histories: list[list[tuple[str, str]]] = [[] for _ in prompts]
    last: list[Completion | None] = [None for _ in prompts]
    for turn in range(max((len(prompt.turns) for prompt in prompts), default=0)):
        asked = [(i, p.turns[turn]) for i, p in enumerate(prompts) if turn < len(p.turns)]
        drafts = [
            [
                engine.submit(
                    build_prompt(histories[i], question, codec=codec, budget_bytes=budget),
                    asking.sampling((turn * len(prompts) + i) * asking.drafts + draft, longest),
                )
                for draft in range(asking.drafts)
            ]
            for i, question in asked
        ]
        for (i, question), sequences in zip(asked, drafts, strict=True):
            found = [sequence.result() for sequence in sequences]
            bits = [one.bits_per_character for one in found]
            last[i] = done = found[choose_draft(question, [one.text for one in found], bits)]
            histories[i].append((question, done.text))
            progress(1)
    bound = engine.checkpoint.config.unsure_bits or math.inf
    return [
        Sample(
            prompt.text,
            done.text,
            done.finish == "end" and len(done.text) <= LONGEST,
            done.bits_per_character > bound,
        )
        for prompt, done in zip(prompts, last, strict=True)
        if done is not None
    ]


def measure_replies(
    prompts: Sequence[Prompt], samples: Sequence[Sample], asking: Asking
) -> dict[str, Any]:
    """Return every measure of the replies; shares are from 0 to 1."""
    texts = [sample.reply for sample in samples]
    ended = sum(sample.ended for sample in samples)
    known = [prompt.known for prompt in prompts if prompt.known]
    return {
        "sampling": asdict(asking),
        "replies": len(samples),
        "made_up_share": share([sample.made_up for sample in samples]),
        "ended_share": ended / len(samples),
        "ended_interval_95": list(wilson_interval(ended, len(samples))),
        **measure_texts(texts),
        "on_topic": measure_topic(prompts, texts),
        "corpus": measure_texts(known) if known else None,
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


def measure_copies(shares: Sequence[float]) -> dict[str, float]:
    """Return how many replies copy the training text, and how much of a reply on average."""
    return {
        "replies_share": share([part > 0 for part in shares]),
        "characters_share": sum(shares) / len(shares) if shares else 0.0,
    }
