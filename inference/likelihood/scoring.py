"""Measures how well a model predicts a file, in memory that does not grow with the file."""

from __future__ import annotations

import codecs
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np
from numpy.typing import NDArray

from inference.backends.base import Coder, Scorer
from inference.errors import PromptError

PIECE_BYTES: Final = 1 << 14


@dataclass(frozen=True, slots=True)
class Score:
    """Bits that a text cost.

    Attributes:
        bytes: length of the text in UTF-8.
        model_bytes: its length in the model's codec.
        characters: its length in characters.
        bits: minus the sum of log2 of the probability of each model byte.
        seconds: time it took.
    """

    bytes: int
    model_bytes: int
    characters: int
    bits: float
    seconds: float

    @property
    def bits_per_byte(self) -> float:
        """Bits per byte of UTF-8."""
        return self.bits / self.bytes

    @property
    def bits_per_model_byte(self) -> float:
        """Bits per byte of the model's codec."""
        return self.bits / self.model_bytes

    @property
    def bits_per_character(self) -> float:
        """Bits per character."""
        return self.bits / self.characters


class CodedScorer:
    """Counts the bits that a coder needs, spread evenly over what it was fed at once."""

    def __init__(self, coder: Coder) -> None:
        self._coder = coder

    def feed(self, data: bytes) -> NDArray[np.float32]:
        """Return (N,) minus the bits of a byte of `data`, given everything fed before."""
        code = self._coder.encode(data) + self._coder.finish()
        return np.full(len(data), -8 * len(code) / max(1, len(data)), np.float32)

    def close(self) -> None:
        """Do nothing; the coder goes by itself."""


def score_file(
    file: Path,
    scorer: Scorer,
    codec: str,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    clock: Callable[[], float] = time.monotonic,
) -> Score:
    """Score a UTF-8 text file as one text from its beginning.

    Args:
        file: the file.
        scorer: a fresh one; closed here.
        codec: the model's codec.
        progress: called with bytes done and bytes in all, now and then.
        clock: seconds.

    Raises:
        PromptError: the file is empty, cannot be read, or is not UTF-8.
    """
    began = clock()
    total = model_bytes = characters = 0
    bits = 0.0
    try:
        with file.open("rb") as stream:
            size = file.stat().st_size
            for text, length in text_pieces(stream, file):
                data = _encode(text, codec, file)
                bits -= float(scorer.feed(data).sum(dtype=np.float64))
                total += length
                model_bytes += len(data)
                characters += len(text)
                progress(total, size)
    except OSError as error:
        raise PromptError(f"{file}: it cannot be read ({error.strerror})") from error
    finally:
        scorer.close()
    if not model_bytes:
        raise PromptError(f"{file}: it is empty; there is nothing to score")
    return Score(total, model_bytes, characters, bits, clock() - began)


def text_pieces(stream: BinaryIO, file: Path) -> Iterator[tuple[str, int]]:
    """Yield a text in UTF-8 part by part, with the UTF-8 length of each.

    Raises:
        PromptError: it is not UTF-8; the sentence names `file` and the byte.
    """
    decoder = codecs.getincrementaldecoder("utf-8")("strict")
    offset = 0
    while True:
        piece = stream.read(PIECE_BYTES)
        held = len(decoder.getstate()[0])
        try:
            text = decoder.decode(piece, final=not piece)
        except UnicodeDecodeError as error:
            raise PromptError(
                f"{file}: byte {offset - held + error.start} is not UTF-8 ({error.reason}); "
                "convert the file first"
            ) from error
        offset += len(piece)
        if text:
            yield text, len(text.encode())
        if not piece:
            return


def _encode(text: str, codec: str, file: Path) -> bytes:
    try:
        return text.encode(codec)
    except UnicodeEncodeError as error:
        raise PromptError(
            f"{file}: the character U+{ord(text[error.start]):04X} does not exist in {codec}"
        ) from error
