"""Corpora as byte arrays, and random windows out of them."""

from __future__ import annotations

import hashlib
import lzma
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.prompt import DOCUMENT, encode
from training.dialogue import render_dialogues

Bytes = NDArray[np.uint8]
_SEPARATOR = f"\n{DOCUMENT}\n"


@dataclass(frozen=True, slots=True)
class Corpus:
    """One text in the model's codec.

    Attributes:
        name: for reports.
        data: (N,) uint8, documents with `DOCUMENT` between them.
        characters: how many characters `data` decodes to.
    """

    name: str
    data: Bytes
    characters: int

    @property
    def bytes_per_character(self) -> float:
        """Mean bytes that a character costs in this codec."""
        return len(self.data) / self.characters


def read_text(path: Path) -> str:
    """Read UTF-8 text, unpacking `.xz`.

    Raises:
        FileNotFoundError: neither `path` nor `path` + ".xz" exists.
    """
    packed = path.with_name(path.name + ".xz")
    if path.suffix != ".xz" and not path.exists() and packed.exists():
        path = packed
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8").read()
    return path.read_text(encoding="utf-8")


def read_documents(path: Path) -> list[str]:
    """Read a corpus file as documents: `.jsonl` conversations in the chat format, or plain text."""
    text = read_text(path)
    if ".jsonl" in path.name:
        return list(render_dialogues(line for line in text.splitlines() if line.strip()))
    return text.split(_SEPARATOR)


def load_corpus(path: Path, codec: str, cache: Path | None = None) -> Corpus:
    """Read and encode one corpus file; with `cache`, keep the encoded bytes there.

    Args:
        path: `.txt` or `.jsonl`, also with `.xz`.
        codec: `utf-8`, `gb18030` or `utf-16-le`.
        cache: folder for the encoded copy.
    """
    kept = cache / f"{_cache_key(path, codec)}.npy" if cache else None
    if kept and kept.exists():
        data: Bytes = np.load(kept)
    else:
        text = DOCUMENT.join(read_documents(path)) + DOCUMENT
        data = np.frombuffer(encode(text, codec), dtype=np.uint8)
        if kept:
            kept.parent.mkdir(parents=True, exist_ok=True)
            np.save(kept, data)
    return Corpus(path.name.split(".jsonl")[0].split(".txt")[0], data, _characters(data, codec))


def _cache_key(path: Path, codec: str) -> str:
    stat = next(p for p in (path, path.with_name(path.name + ".xz")) if p.exists()).stat()
    facts = f"3:{path.resolve()}:{stat.st_size}:{stat.st_mtime_ns}:{codec}"
    return hashlib.sha256(facts.encode()).hexdigest()[:16]


def _characters(data: Bytes, codec: str) -> int:
    return len(data.tobytes().decode(codec))


class Windows:
    """Endless batches of random windows, each corpus with its share."""

    def __init__(self, corpora: Sequence[Corpus], shares: Mapping[str, float], seed: int) -> None:
        """Prepare to draw.

        Args:
            corpora: what to draw from.
            shares: relative weight of each corpus by name; missing names get 0.
            seed: of the generator.

        Raises:
            ValueError: no corpus has a positive share.
        """
        weights = np.array([shares.get(corpus.name, 0.0) for corpus in corpora])
        if not corpora or weights.sum() <= 0:
            raise ValueError(f"no corpus has a share: {[corpus.name for corpus in corpora]}")
        self._corpora = corpora
        self._weights = weights / weights.sum()
        self._rng = np.random.default_rng(seed)

    def draw(self, rows: int, length: int) -> Bytes:
        """Return (rows, length + 1) uint8: inputs and, one later, targets."""
        picks = self._rng.choice(len(self._corpora), size=rows, p=self._weights)
        return np.stack([self._window(self._corpora[pick].data, length + 1) for pick in picks])

    def _window(self, data: Bytes, length: int) -> Bytes:
        if len(data) <= length:
            data = np.tile(data, length // max(1, len(data)) + 2)
        start = int(self._rng.integers(0, len(data) - length))
        return data[start : start + length]

    def state(self) -> dict[str, object]:
        """Return the generator's state, for a checkpoint."""
        return dict(self._rng.bit_generator.state)

    def restore(self, state: Mapping[str, object]) -> None:
        """Go on from a saved state."""
        self._rng.bit_generator.state = dict(state)


def fixed_windows(corpus: Corpus, rows: int, length: int) -> Bytes:
    """Return (rows, length + 1) uint8 windows spread evenly over a corpus, always the same."""
    length = min(length, len(corpus.data) - 1)
    starts = np.linspace(0, len(corpus.data) - length - 1, rows).astype(int)
    return np.stack([corpus.data[start : start + length + 1] for start in starts])


def batches(data: Bytes, rows: int) -> Iterator[Bytes]:
    """Yield `data` in pieces of at most `rows` rows."""
    for start in range(0, len(data), rows):
        yield data[start : start + rows]
