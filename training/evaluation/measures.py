"""Counts over texts: repetition, variety, validity; and how sure a share is.

Everything counts characters, not bytes. A gram is a run of n characters in a row.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence

from inference.likelihood.accuracy import Accuracy

REPEATED_GRAM = 4
ALLOWED_REPEATS = 3
_LONGEST_UNIT = 40
_NO_TEXT = frozenset({"Cc", "Cs", "Co"})


def grams(text: str, n: int) -> list[str]:
    """Return every gram of n characters, in order; [] of a shorter text."""
    return [text[at : at + n] for at in range(len(text) - n + 1)]


def count_grams(texts: Iterable[str], n: int) -> Counter[str]:
    """Count the grams of several texts; none spans two of them."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(grams(text, n))
    return counts


def times_in_a_row(text: str, n: int) -> int:
    """Return the largest k such that some n characters stand k times in a row; 0: shorter text.

    "abcabcab" has k = 2 for n = 3. A run of one character counts: "aaaaaaaa" has k = 2 for n = 4.
    """
    longest = run = 0
    for here, there in zip(text, text[n:], strict=False):
        run = run + 1 if here == there else 0
        longest = max(longest, run)
    return longest // n + 1 if len(text) >= n else 0


def repeats_gram(text: str) -> bool:
    """Return whether four characters stand more than three times in a row: g g g g."""
    return times_in_a_row(text, REPEATED_GRAM) > ALLOWED_REPEATS


def repeats_unit(text: str) -> bool:
    """Return whether any unit of 2 to 40 characters stands more than three times in a row."""
    longest = min(_LONGEST_UNIT, len(text) // (ALLOWED_REPEATS + 1))
    return any(times_in_a_row(text, n) > ALLOWED_REPEATS for n in range(2, longest + 1))


def overuses_gram(text: str) -> bool:
    """Return whether some 4-gram stands more than three times anywhere: the looser count."""
    return max(count_grams([text], REPEATED_GRAM).values(), default=0) > ALLOWED_REPEATS


def repeated_share(text: str, n: int = REPEATED_GRAM) -> float:
    """Return the share of a text's n-grams that stood in it before, 0 to 1."""
    found = grams(text, n)
    return 1 - len(set(found)) / len(found) if found else 0.0


def distinct_share(texts: Iterable[str], n: int) -> float:
    """Return distinct n-grams over all n-grams of the texts together (distinct-n), 0 to 1."""
    counts = count_grams(texts, n)
    return len(counts) / counts.total() if counts else 0.0


def is_valid_text(text: str) -> bool:
    """Return whether no character is a control but newline, half of a pair, private or U+FFFD."""
    return all(
        character == "\n"
        or (character != "\ufffd" and unicodedata.category(character) not in _NO_TEXT)
        for character in text
    )


def share(found: Sequence[bool]) -> float:
    """Return the share that is true, 0 to 1; 0 of nothing."""
    return sum(found) / len(found) if found else 0.0


def wilson_interval(hits: int, count: int) -> tuple[float, float]:
    """Return the 95 % Wilson interval of a share; of nothing, everything from 0 to 1."""
    return Accuracy(hits, count).interval if count else (0.0, 1.0)
