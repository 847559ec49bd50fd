"""Share of a reply that stands word for word in the training text.

The training text is read past the replies, not the other way round: of the replies there are a few
thousand windows, of the corpus tens of millions, so memory stays at one piece of corpus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data import find_corpus, read_documents
from training.errors import DataError

SHORTEST = 20
TRAINING = ("classics.train", "dialogue.train")
_BASE = np.uint64(0x9E3779B97F4A7C15)
_PIECE = 1 << 20
_FILTER_BITS = np.uint64(22)

Codes = NDArray[np.uint32]
Hashes = NDArray[np.uint64]
Progress = Callable[[int], object]


def training_documents(folder: Path) -> list[str]:
    """Return the training texts that a folder has, as the model read them; [] when none is there.

    Raises:
        DataError: one of them cannot be read.
    """
    documents: list[str] = []
    for name in TRAINING:
        try:
            path = find_corpus(folder, name)
        except DataError:
            continue
        documents += read_documents(path)
    return documents


def copied_shares(
    replies: Sequence[str],
    documents: Iterable[str],
    progress: Progress = lambda _: None,
    length: int = SHORTEST,
) -> list[float]:
    """Return of each reply the share of its characters inside a copy of `length` or more, 0 to 1.

    Args:
        replies: to look at.
        documents: training texts; no copy spans two of them.
        progress: is told the characters of each piece that was read.
        length: shortest copy that counts, in characters.
    """
    windows = [_windows(_codes(reply), length) for reply in replies]
    known = _seen_in(np.unique(np.concatenate([*windows, _NONE])), documents, length, progress)
    shares = []
    for reply, hashes in zip(replies, windows, strict=True):
        covered = np.zeros(len(reply), bool)
        for at in np.flatnonzero(np.isin(hashes, known)):
            covered[at : at + length] = True
        shares.append(float(covered.mean()) if len(reply) else 0.0)
    return shares


_NONE: Hashes = np.empty(0, np.uint64)


def _seen_in(wanted: Hashes, documents: Iterable[str], length: int, progress: Progress) -> Hashes:
    """Return those of the sorted hashes that some window of the documents has."""
    seen = np.zeros(len(wanted), bool)
    # Most windows of a corpus are in no reply: a bit for each low part of a hash says so cheaply.
    maybe = np.zeros(1 << int(_FILTER_BITS), bool)
    mask = np.uint64(len(maybe) - 1)
    maybe[wanted & mask] = True
    for piece in _pieces(documents, length):
        hashes = _windows(piece, length)
        hashes = hashes[maybe[hashes & mask]]
        place = np.searchsorted(wanted, hashes)
        inside = place < len(wanted)
        place, hashes = place[inside], hashes[inside]
        seen[place[wanted[place] == hashes]] = True
        progress(len(piece))
    return wanted[seen]


def _pieces(documents: Iterable[str], length: int) -> Iterable[Codes]:
    """Yield the documents, 0 between two, in large parts that overlap by a window less one."""
    held: list[Codes] = []
    size = 0
    gap = np.zeros(1, np.uint32)
    for document in documents:
        held += [_codes(document), gap]
        size += len(document) + 1
        if size < _PIECE:
            continue
        joined = np.concatenate(held)
        for begin in range(0, len(joined), _PIECE):
            yield joined[begin : begin + _PIECE + length - 1]
        held, size = [], 0
    if held:
        yield np.concatenate(held)


def _codes(text: str) -> Codes:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _windows(codes: Codes, length: int) -> Hashes:
    """Return a 64-bit hash of each window of `length` characters, by doubling.

    The hash of a window is the sum of c[i] B^(n-1-i) modulo 2^64; of two neighbours it is
    h(left) B^len(right) + h(right). A dozen million windows share one by chance once in 10^5 runs.
    """
    if len(codes) < length:
        return _NONE
    single = (codes.astype(np.uint64) + np.uint64(1)) * np.uint64(0xBF58476D1CE4E5B9)
    single ^= single >> np.uint64(29)
    with np.errstate(over="ignore"):
        return _combine(single, length)


def _combine(single: Hashes, length: int) -> Hashes:
    if length == 1:
        return single
    half = length // 2
    left = _combine(single, half)
    right = left if length % 2 == 0 else _combine(single, length - half)
    count = len(single) - length + 1
    return left[:count] * _power(length - half) + right[half : half + count]


def _power(exponent: int) -> np.uint64:
    return np.uint64(pow(int(_BASE), exponent, 1 << 64))
