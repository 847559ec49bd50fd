"""Log-prob of a text in bits, as a whole or after another text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from inference.engine import Engine
from inference.errors import BackendError, PromptError
from inference.prompt import clean, encode

# Every text is read as the beginning of a line: the first byte of all has no prediction.
START: Final = "\n"

_SPACES: Final = " \t\r\n\u3000"
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f]")


class Reader:
    """Asks an engine for the probability of texts, each read from an empty context.

    One text costs one pass over all its bytes; a context shared by several texts is read again
    for each of them.
    """

    def __init__(self, engine: Engine) -> None:
        """Take an engine with a model.

        Raises:
            BackendError: it is the echo backend, to which every byte is equally probable.
        """
        if engine.backend == "echo":
            raise BackendError(
                "the echo backend has no model and finds every text equally probable; "
                "take cpu or reference"
            )
        self.codec = engine.checkpoint.codec
        self.context = engine.checkpoint.config.context_bytes
        self._engine = engine

    def log2(self, before: str, text: str) -> float:
        """Return log2 p(text | before); 0 for the empty text."""
        head = encode(before, self.codec)
        found = self._engine.score(head + encode(text, self.codec))
        return float(found[len(head) :].sum(dtype=np.float64))

    def size(self, text: str) -> int:
        """Return the bytes of a text in the model's codec."""
        return len(encode(text, self.codec))

    def room(self, texts: Sequence[str], what: str) -> int:
        """Return the bytes of the context that the longest text leaves to its surroundings.

        Raises:
            PromptError: a text takes more than half of the context.
        """
        longest = max(map(self.size, texts))
        if longest > self.context // 2:
            raise PromptError(
                f"an {what} has {longest} bytes in {self.codec}; the model's context has place "
                f"for {self.context // 2}: shorten it"
            )
        return self.context - longest

    def ending(self, text: str, budget_bytes: int) -> str:
        """Return the longest ending of a text that has at most `budget_bytes`."""
        budget_bytes = max(0, budget_bytes)
        text = text[max(0, len(text) - budget_bytes) :]
        while (spare := self.size(text) - budget_bytes) > 0:
            text = text[max(1, spare // 4) :]
        return text

    def beginning(self, text: str, budget_bytes: int) -> str:
        """Return the longest beginning of a text that has at most `budget_bytes`."""
        budget_bytes = max(0, budget_bytes)
        text = text[:budget_bytes]
        while (spare := self.size(text) - budget_bytes) > 0:
            text = text[: len(text) - max(1, spare // 4)]
        return text


def shares(log2_p: Sequence[float]) -> NDArray[np.float64]:
    """Return (N,) probabilities in the ratio of 2 to the power of (N,) bits."""
    bits = np.asarray(log2_p, np.float64)
    weights = np.exp2(bits - bits.max())
    return np.asarray(weights / weights.sum(), np.float64)


def checked_text(text: str, what: str) -> str:
    """Return a text without control characters and outer blanks.

    Raises:
        PromptError: nothing is left of it.
    """
    cleaned = clean(text)
    if not cleaned:
        raise PromptError(f"the {what} is empty; say something")
    return cleaned


def checked_answers(texts: Sequence[str], what: str, least: int) -> list[str]:
    """Return texts that may stand in the place of an answer, without outer blanks.

    Raises:
        PromptError: too few, an empty one, a control character in one, or two equal ones.
    """
    if len(texts) < least:
        raise PromptError(f"{len(texts)} {what}s were given; give at least {least}")
    stripped = [text.strip(_SPACES) for text in texts]
    for number, text in enumerate(stripped, 1):
        if not text:
            raise PromptError(f"{what} {number} is empty; say something, or leave it out")
        if bad := _CONTROLS.search(text):
            raise PromptError(
                f"{what} {number} has the control character U+{ord(bad[0]):04X}; take it out"
            )
        if text in stripped[: number - 1]:
            raise PromptError(f"{what} {number} is there twice ({text[:20]!r}); give it once")
    return stripped
