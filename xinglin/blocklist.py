"""Words that neither questions nor answers may hold, read from a file that may change."""

from __future__ import annotations

import hashlib
import logging
import stat
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from xinglin.bilingual import Notice, reason
from xinglin.errors import SettingsError
from xinglin.normal import compact

logger = logging.getLogger(__name__)
Direction = Literal["in", "out"]
_LOOK_S = 2.0
_LONGEST_FILE_BYTES = 4 << 20
# A number in the writing of cheques is the number: `陸肆` is `六四`.
_NUMERALS = str.maketrans("壹贰叁肆伍陆柒捌玖拾佰仟", "一二三四五六七八九十百千")


@dataclass(frozen=True, slots=True)
class Word:
    """One entry, compared as danger signs are: no spaces, half-width, simplified, lower case.

    Numerals are compared in their plain writing.

    Attributes:
        plain: the normalized word.
        directions: where it is blocked.
        name: what logs call it; a hash, since the word itself may be what nobody should read.
    """

    plain: str
    directions: frozenset[Direction]
    name: str


def read_words(text: str) -> list[Word]:
    """Read the lines of a file: `word`, `in: word`, `out: word`, or `# comment`.

    Raises:
        ValueError: a line holds no letter or digit; its number is named.
    """
    words = []
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), 1):
        entry = line.strip()
        if not entry or entry.startswith("#"):
            continue
        directions: frozenset[Direction] = frozenset({"in", "out"})
        for direction in ("in", "out"):
            prefix, _, rest = entry.partition(":")
            if prefix.strip() == direction:
                directions, entry = frozenset({direction}), rest
                break
        plain = _plain(entry)
        if not plain:
            raise ValueError(f"line {number} holds no letter or digit")
        words.append(Word(plain, directions, hashlib.sha256(plain.encode()).hexdigest()[:8]))
    return words


def find_word(words: Sequence[Word], text: str, direction: Direction) -> Word | None:
    """Return the first of some blocked words in a text."""
    if not words:
        return None
    plain = _plain(text)
    return next((w for w in words if direction in w.directions and w.plain in plain), None)


class BlockList:
    """The words of one file, looked at again every two seconds; a broken file changes nothing."""

    def __init__(self, path: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Read the file; an empty path blocks nothing.

        Raises:
            SettingsError: the file cannot be read.
        """
        self._path, self._clock = Path(path) if path else None, clock
        self._words: list[Word] = []
        self._seen: tuple[int, int] = (0, 0)
        self._looked = clock()
        try:
            self._read()
        except (OSError, ValueError) as error:
            why = reason(error)
            raise SettingsError(
                Notice(
                    f"XINGLIN_BLOCKED_WORDS: {path}: {why}; name a text file in UTF-8, or leave it"
                    " empty",
                    f"XINGLIN_BLOCKED_WORDS：{path}：{why.zh}；请指向一个 UTF-8 文本文件，或者留空",
                )
            ) from error

    def find(self, text: str, direction: Direction) -> Word | None:
        """Return the first blocked word in a text."""
        self._look()
        return find_word(self._words, text, direction)

    def _look(self) -> None:
        if self._path is None or self._clock() - self._looked < _LOOK_S:
            return
        self._looked = self._clock()
        try:
            self._read()
        except (OSError, ValueError) as error:
            logger.error("blocked_words_kept", extra={"error": reason(error)})

    def _read(self) -> None:
        if self._path is None:
            return
        state = self._path.stat()
        seen = (state.st_mtime_ns, state.st_size)
        if seen == self._seen:
            return
        if not stat.S_ISREG(state.st_mode):  # a pipe or a device may never end
            raise ValueError("it is no ordinary file")
        if state.st_size > _LONGEST_FILE_BYTES:
            raise ValueError(
                f"it has {state.st_size} bytes; at most {_LONGEST_FILE_BYTES} are read"
            )
        self._words = read_words(self._path.read_text(encoding="utf-8"))
        self._seen = seen
        logger.info("blocked_words_read", extra={"words": len(self._words)})


def _plain(text: str) -> str:
    return compact(text).translate(_NUMERALS)
