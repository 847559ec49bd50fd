"""Judging whether a proposition is true: is it more probable than what contradicts it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, get_args

import numpy as np

from inference.engine import Engine
from inference.errors import ConfigError, PromptError
from inference.likelihood.contrast import Terms, changed, denied
from inference.likelihood.reading import START, Reader, checked_answers, checked_text
from inference.prompt import render_question

Method = Literal["contrast", "corrected", "answer"]
METHODS: tuple[Method, ...] = get_args(Method)
Verdict = Literal["true", "false", "unsure"]
Source = Literal["given", "terms", "denial", "answer"]

# Where shipped models were right in about nine of ten; see docs/likelihood.md.
SURE_BITS: Final = 3.0
# Margins against a denial made by rule, and of an answer in a chat, were measured to be chance.
TELLING: Final[frozenset[Source]] = frozenset(("given", "terms"))
QUESTION: Final = "对还是错？"
YES: Final = "对"
NO: Final = "错"
NO_TERMS: Final = Terms()


@dataclass(frozen=True, slots=True)
class Contrast:
    """A contradiction, and by how many bits the proposition is more probable."""

    text: str
    margin: float


@dataclass(frozen=True, slots=True)
class Judgement:
    """Verdict of the model on a proposition.

    Attributes:
        proposition: without control characters and outer blanks.
        verdict: by the margin's sign; `unsure` within `sure_bits` of 0, and always where the only
            contrast is a denial made by rule or the answer 错.
        margin: bits; log2 of the proposition's probability over the mean of the contrasts'.
        source: where the contrasts come from: given, a changed term, a denial, or the answer 错.
        contrasts: one by one.
    """

    proposition: str
    verdict: Verdict
    margin: float
    source: Source
    contrasts: tuple[Contrast, ...]


def judge(
    engine: Engine,
    proposition: str,
    negations: Sequence[str] = (),
    *,
    method: Method = "contrast",
    sure_bits: float = SURE_BITS,
    terms: Terms = NO_TERMS,
) -> Judgement:
    """Say whether the model holds a proposition for true. It often errs: see docs/likelihood.md.

    Args:
        engine: with a model. Each contrast costs one pass over it, or two when corrected.
        proposition: a sentence that fits into the context.
        negations: sentences that contradict it; where none are given they are made by rule.
        method: `contrast`: probability against the contrasts'; `corrected`: the same less what
            remains when the beginning that both share is left out; `answer`: probability of 对
            against 错 as the answer in a chat, less what it is with nothing to judge.
        sure_bits: margins below are `unsure`.
        terms: of the subject, for contradictions made by rule; none: denials alone are made.

    Raises:
        PromptError: the proposition is empty or too long, no rule contradicts it, or the
            negations cannot be used.
        ConfigError: `sure_bits` is below 0 or not a number.
        BackendError: the engine has no model.

    Source of the corrections: Zhao et al. 2021, "Calibrate Before Use", arXiv:2102.09690.
    """
    if not sure_bits >= 0:
        raise ConfigError(f"sure_bits is {sure_bits}; it must be at least 0")
    reader = Reader(engine)
    proposition = checked_text(proposition, "proposition")
    if method == "answer":
        source, found = _asked(reader, proposition, negations)
    else:
        source, texts = _contradictions(proposition, negations, terms)
        _check_sizes(reader, [proposition, *texts])
        found = _compared(reader, proposition, texts, corrected=method == "corrected")
    margin = -_log2_mean([-contrast.margin for contrast in found])
    verdict = _verdict(margin, sure_bits) if source in TELLING else "unsure"
    return Judgement(proposition, verdict, margin, source, tuple(found))


def _contradictions(
    proposition: str, negations: Sequence[str], terms: Terms
) -> tuple[Source, list[str]]:
    if negations:
        texts = checked_answers(negations, "negation", least=1)
        if proposition in texts:
            raise PromptError("a negation is the proposition itself; give another")
        return "given", texts
    if texts := changed(proposition, terms):
        return "terms", texts
    if texts := denied(proposition):
        return "denial", texts
    raise PromptError("no rule contradicts this proposition; give its contrary with --negation")


def _check_sizes(reader: Reader, texts: list[str]) -> None:
    longest, place = max(map(reader.size, texts)), reader.context - reader.size(START)
    if longest > place:
        raise PromptError(
            f"a sentence has {longest} bytes in {reader.codec}; the model's context has place for "
            f"{place}: judge one short sentence at a time"
        )


def _compared(
    reader: Reader, proposition: str, texts: list[str], *, corrected: bool
) -> list[Contrast]:
    whole = reader.log2(START, proposition)
    found = []
    for text in texts:
        margin = whole - reader.log2(START, text)
        if corrected:
            # With nothing in common there is nothing that one could know of the rest.
            shared = _shared(proposition, text)
            if shared:
                margin -= reader.log2(START, proposition[shared:])
                margin += reader.log2(START, text[shared:])
        found.append(Contrast(text, margin))
    return found


def _shared(one: str, other: str) -> int:
    """Return the length of the beginning that two texts share."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((i for i, (a, b) in pairs if a != b), min(len(one), len(other)))


def _asked(
    reader: Reader, proposition: str, negations: Sequence[str]
) -> tuple[Source, list[Contrast]]:
    if negations:
        raise PromptError("the method answer compares 对 with 错; leave the negations out")
    question = render_question(f"{proposition}，{QUESTION}")
    _check_sizes(reader, [question + YES])
    nothing = render_question(QUESTION)
    margin = reader.log2(question, YES) - reader.log2(question, NO)
    margin -= reader.log2(nothing, YES) - reader.log2(nothing, NO)
    return "answer", [Contrast(NO, margin)]


def _verdict(margin: float, sure_bits: float) -> Verdict:
    if abs(margin) < sure_bits or margin == 0:
        return "unsure"
    return "true" if margin > 0 else "false"


def _log2_mean(bits: Sequence[float]) -> float:
    """Return log2 of the mean of 2 to the power of each."""
    array = np.asarray(bits, np.float64)
    top = float(array.max())
    return top + float(np.log2(np.mean(np.exp2(array - top))))
