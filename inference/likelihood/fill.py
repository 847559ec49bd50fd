"""Filling a blank: which words fit between what stands to its left and to its right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from inference.engine import Engine
from inference.errors import ConfigError, PromptError
from inference.likelihood.reading import START, Reader, checked_answers, checked_text, shares
from inference.prompt import encode
from inference.sampling import SamplingConfig

BLANK: Final = "_"
SAMPLES: Final = 16
MOST_SAMPLES: Final = 1000
# A drawn candidate is a word or a short phrase. Reading one costs a pass, so only some are read.
LONGEST: Final = 4
MOST_DRAWN: Final = 32
_ENDS = re.compile(r"[\s，。；：？！、（）《》“”‘’,.;:?!()\[\]\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Filling:
    """One way to fill the blank.

    Attributes:
        text: what stands in the blank.
        log2: log2 p of the text with the blank filled, as far as it was read.
        probability: its share among all candidates; they sum to 1.
    """

    text: str
    log2: float
    probability: float


def fill(
    engine: Engine,
    text: str,
    candidates: Sequence[str] = (),
    *,
    blank: str = BLANK,
    samples: int = SAMPLES,
    seed: int = 0,
) -> tuple[Filling, ...]:
    """Rank the candidates for the one blank of a text by the probability of the filled text.

    What stands to the right of the blank counts as much as what stands to its left. A text longer
    than the context is read around the blank.

    Args:
        engine: with a model. A candidate costs a pass over the filled text.
        text: with one blank, anywhere.
        candidates: all different; where none are given they are drawn from the model.
        blank: its mark; several in a row are one blank.
        samples: draws, when no candidates are given. Every beginning of a draw is a candidate,
            those that most draws share come first, and 32 are read.
        seed: of the first draw.

    Returns:
        The candidates, the most probable first.

    Raises:
        PromptError: there is no blank, or there are several, or the candidates cannot be used,
            or nothing could be drawn.
        ConfigError: `samples` or `seed` is out of its range.
        BackendError: the engine has no model.
    """
    reader = Reader(engine)
    left, right = split_at_blank(text, blank)
    if candidates:
        words = checked_answers(candidates, "candidate", least=1)
    else:
        prompt = START + reader.ending(left, reader.context // 2)
        texts = _drawn(engine, prompt, samples, seed)
        counts = Counter(word for text in texts for word in _beginnings(text, right))
        words = [word for word, _ in counts.most_common(MOST_DRAWN)]
    if not words:
        raise PromptError(
            f"{samples} draws gave nothing to put into the blank; draw more, or give candidates"
        )
    left, right = _around(reader, left, right, reader.room(words, "answer for the blank"))
    bits = [reader.log2("", START + left + word + right) for word in words]
    found = map(Filling, words, bits, map(float, shares(bits)))
    return tuple(sorted(found, key=lambda filling: -filling.log2))


def split_at_blank(text: str, blank: str = BLANK) -> tuple[str, str]:
    """Return what stands before and after the one blank of a text, control characters removed.

    Raises:
        PromptError: the mark or the text is empty, or there is not exactly one blank.
    """
    mark = checked_text(blank, "mark of the blank")
    parts = re.split(f"(?:{re.escape(mark)})+", checked_text(text, "text"))
    if len(parts) == 1:
        raise PromptError(f"the text has no blank; write {mark!r} where a word is missing")
    if len(parts) > 2:
        raise PromptError(
            f"the text has {len(parts) - 1} blanks; fill them one after another, each in a text "
            "with one blank"
        )
    if not any(parts):
        raise PromptError("the text is nothing but a blank; write what stands around it")
    return parts[0], parts[1]


def _around(reader: Reader, left: str, right: str, room: int) -> tuple[str, str]:
    """Cut both sides to `room` bytes; a short side leaves its half to the other."""
    room -= reader.size(START)
    kept_right = reader.beginning(right, max(room // 2, room - reader.size(left)))
    return reader.ending(left, room - reader.size(kept_right)), kept_right


def _drawn(engine: Engine, prompt: str, samples: int, seed: int) -> list[str]:
    """Return what the model puts after a prompt, once a seed, some characters long."""
    if not 1 <= samples <= MOST_SAMPLES:
        raise ConfigError(f"samples is {samples}; it must be from 1 to {MOST_SAMPLES}")
    codec = engine.checkpoint.codec
    first = SamplingConfig(max_bytes=len(encode("中" * LONGEST, codec)), seed=seed)
    sequences = [
        engine.submit(encode(prompt, codec), replace(first, seed=(seed + number) % 2**64))
        for number in range(samples)
    ]
    return [sequence.result().text for sequence in sequences]


def _beginnings(drawn: str, right: str) -> Iterable[str]:
    """Yield the words that a draw may have meant, each longer than the one before.

    They begin at the first character that is no mark of punctuation, and none reaches over the
    next mark or over a place where the right side may begin.
    """
    word = next(filter(None, _ENDS.split(drawn)), "")
    if right and (found := word.find(right[0], 1)) > 0:
        word = word[:found]
    return (word[:length] for length in range(1, min(LONGEST, len(word)) + 1))
