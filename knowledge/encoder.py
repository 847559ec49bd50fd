"""A bag of characters and syllables as a vector: 65,536 learned rows of 96 numbers, int8.

A text's vector is the unit sum of the rows of its pieces. Notes that were there when the rows were
learned have a vector of their own; a new note's is the unit mean of its texts' vectors, so that it
is found at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from knowledge.errors import EncoderFileError, MappedFileError
from knowledge.features import BUCKETS, sound_pieces, written_pieces
from knowledge.mapped import map_arrays
from knowledge.notes import Note

Floats = NDArray[np.float32]

VERSION = "1"
SHIPPED = Path(__file__).parent / "data" / "encoder.safetensors"


@dataclass(frozen=True, slots=True)
class Encoder:
    """Learned rows.

    Attributes:
        rows: (BUCKETS, D) int8.
        scales: (BUCKETS,) float32, the step of each row.
        learned: vector (D,) of each note that the rows were learned with, by the note's key.
    """

    rows: NDArray[np.int8]
    scales: Floats
    learned: Mapping[bytes, Floats]

    def vector(self, text: str) -> Floats:
        """Return the unit vector (D,) of a normal text; zeros where it holds no piece."""
        ids = np.array([*written_pieces(text), *sound_pieces(text)], np.int64)
        if not len(ids):
            return np.zeros(self.rows.shape[1], np.float32)
        total: Floats = self.scales[ids] @ self.rows[ids].astype(np.float32)
        return total / np.float32(np.linalg.norm(total) or 1)

    def note_vectors(self, notes: Sequence[Note]) -> tuple[Floats, NDArray[np.bool_]]:
        """Return the unit vectors (N, D) of notes, and which of them were learned, (N,) bool."""
        found = [self.learned.get(note_key(note)) for note in notes]
        known = np.array([one is not None for one in found], np.bool_)
        vectors = [
            self._mean(note) if one is None else one for note, one in zip(notes, found, strict=True)
        ]
        return np.array(vectors, np.float32).reshape(len(notes), self.rows.shape[1]), known

    def _mean(self, note: Note) -> Floats:
        total = np.sum([self.vector(text) for text in note_texts(note)], axis=0, dtype=np.float32)
        return np.asarray(total / (np.linalg.norm(total) or 1), np.float32)

    def save(self, path: Path) -> None:
        """Write the file."""
        keys = np.frombuffer(b"".join(self.learned), np.uint8).reshape(-1, 8)
        vectors = np.array(list(self.learned.values()), np.float32)
        notes = np.clip(np.round(vectors * 127), -127, 127).astype(np.int8)
        tensors: dict[str, NDArray[Any]] = {"rows": self.rows, "scales": self.scales}
        tensors |= {"note_keys": keys, "notes": notes}
        save_file(tensors, path, {"version": VERSION})


def note_texts(note: Note) -> tuple[str, ...]:
    """Return all texts of a note, each once."""
    return tuple(dict.fromkeys((*note.questions, note.topic, *note.answers)))


def note_key(note: Note) -> bytes:
    """Return eight bytes that stand for a note; another wording of a question leaves them."""
    text = "\n".join((note.topic, note.subject, note.answers[0]))
    return hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8]


def load_encoder(path: Path = SHIPPED) -> Encoder:
    """Read an encoder's file.

    Raises:
        EncoderFileError: it is missing, damaged or of another version.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            version = (file.metadata() or {}).get("version")
            if version != VERSION:
                raise EncoderFileError(f"{path}: version {version}, and {VERSION} is read here")
            rows, scales, keys, notes = (
                file.get_tensor(name) for name in ("rows", "scales", "note_keys", "notes")
            )
    except (OSError, SafetensorError) as error:
        raise EncoderFileError(f"{path}: no whole encoder ({error}); fetch it again") from error
    if rows.ndim != 2 or rows.shape[0] != BUCKETS or scales.shape != (BUCKETS,):
        raise EncoderFileError(f"{path}: rows of shape {rows.shape}, not ({BUCKETS}, D)")
    if keys.shape != (len(notes), 8) or notes.shape[1:] != rows.shape[1:]:
        raise EncoderFileError(f"{path}: {len(notes)} notes and {len(keys)} keys do not fit")
    vectors = notes.astype(np.float32)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)
    return Encoder(
        rows, scales, {key.tobytes(): one for key, one in zip(keys, vectors, strict=True)}
    )


@cache
def shipped_rows() -> Encoder:
    """Return the shipped encoder without the notes that it has read, mapped into memory once.

    Raises:
        EncoderFileError: the file is missing or damaged.
    """
    try:
        arrays = map_arrays(SHIPPED)
        return Encoder(arrays["rows"], arrays["scales"], {})
    except (KeyError, MappedFileError) as error:
        raise EncoderFileError(f"{SHIPPED}: no whole encoder ({error}); fetch it again") from error


@cache
def shipped_encoder() -> Encoder:
    """Return the encoder that comes with the package, read once."""
    return load_encoder()
