"""Corpora of plain text as byte arrays, cached in the model's codec."""

from __future__ import annotations

import hashlib
import json
import lzma
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from inference.prompt import DOCUMENT, encode
from training.data_recipes.dialogue import render_dialogues
from training.errors import DataError
from training.files import replacing

Bytes = NDArray[np.uint8]
_SEPARATOR = f"\n{DOCUMENT}\n"
# Counts up when the same file gives other bytes than before, so that old cached copies are left.
_CACHE_VERSION = 5


@dataclass(frozen=True, slots=True)
class Corpus:
    """One text in the model's codec.

    Attributes:
        name: for reports and shares.
        data: (N,) uint8, documents with `DOCUMENT` between them.
        characters: how many characters `data` decodes to.
        unit: bytes that are never parted: 2 in UTF-16, else 1.
    """

    name: str
    data: Bytes
    characters: int
    unit: int = 1

    @property
    def bytes_per_character(self) -> float:
        """Mean bytes that a character costs in this codec."""
        return len(self.data) / self.characters

    def window(self, rng: np.random.Generator, length: int) -> tuple[Bytes, NDArray[np.float32]]:
        """Return (length,) bytes from a random place, and their weights: all 1."""
        data = self.data
        if len(data) <= length:
            data = np.tile(data, length // len(data) + 2)
        start = int(rng.integers(0, (len(data) - length) // self.unit + 1)) * self.unit
        return data[start : start + length], np.ones(length, np.float32)


def find_corpus(folder: Path, name: str) -> Path:
    """Return the file of corpus `name` ("classics.train") in a folder, packed or not.

    Raises:
        DataError: there is none.
    """
    for suffix in (".txt", ".jsonl", ".txt.xz", ".jsonl.xz"):
        if (path := folder / (name + suffix)).exists():
            return path
    raise DataError(f"{folder} has no {name}.txt or {name}.jsonl (nor .xz); check --data")


def read_text(path: Path) -> str:
    """Read UTF-8 text, unpacking `.xz`.

    Raises:
        DataError: the file does not exist (neither does `path` + ".xz"), cannot be read, is not
            UTF-8, or is damaged.
    """
    packed = path.with_name(path.name + ".xz")
    if path.suffix != ".xz" and not path.exists() and packed.exists():
        path = packed
    try:
        content = path.read_bytes()
        if path.suffix == ".xz":
            content = lzma.decompress(content)
        return content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n")
    except FileNotFoundError as error:
        raise DataError(f"{path} does not exist") from error
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise DataError(
            f"{path}, line {line}, is not UTF-8 text ({error.reason}); convert it first"
        ) from error
    except (lzma.LZMAError, EOFError) as error:
        raise DataError(f"{path} is no whole xz file: {error}; copy it again") from error
    except OSError as error:
        raise DataError(f"{path} cannot be read ({error.strerror})") from error


def split_documents(text: str) -> list[str]:
    """Split a plain-text corpus at its separator lines."""
    return [document for document in text.split(_SEPARATOR) if document.strip()]


def read_documents(path: Path) -> list[str]:
    """Read a corpus file as documents: `.jsonl` conversations in the chat format, or plain text."""
    text = read_text(path)
    if ".jsonl" in path.name:
        return list(render_dialogues(text.split("\n"), str(path)))
    return split_documents(text)


def encode_corpus(name: str, documents: list[str], codec: str) -> Corpus:
    """Join and encode documents.

    Raises:
        DataError: there is no document.
    """
    if not documents:
        raise DataError(f"{name} holds no text")
    data = b"".join(encode(document + DOCUMENT, codec) for document in documents)
    characters = sum(map(len, documents)) + len(documents) * len(DOCUMENT)
    return Corpus(name, np.frombuffer(data, dtype=np.uint8), characters, unit_of(codec))


def unit_of(codec: str) -> int:
    """Return how many bytes of a codec are never parted."""
    return 2 if codec.startswith("utf-16") else 1


def load_corpus(path: Path, codec: str, cache: Path | None = None) -> Corpus:
    """Read and encode one corpus file; with `cache`, keep the encoded bytes there.

    A kept copy is mapped, not read: several runs share its memory.

    Args:
        path: `.txt` or `.jsonl`, also with `.xz`.
        codec: a text codec of `inference.automaton.CODECS`.
        cache: folder for the encoded copy.

    Raises:
        DataError: the file is missing, cannot be read or holds nothing.
    """
    name = path.name.split(".jsonl")[0].split(".txt")[0]
    if cache is None:
        return _encoded(name, path, codec)
    kept = cache / f"{_cache_key(path, codec)}.npy"
    facts = kept.with_suffix(".json")
    if not facts.exists():
        corpus = _encoded(name, path, codec)
        cache.mkdir(parents=True, exist_ok=True)
        with replacing(kept) as stream:
            np.save(stream, corpus.data)
        with replacing(facts) as stream:
            stream.write(json.dumps({"characters": corpus.characters}).encode())
    data: Bytes = np.load(kept, mmap_mode="r")
    return Corpus(name, data, json.loads(facts.read_text())["characters"], unit_of(codec))


def _encoded(name: str, path: Path, codec: str) -> Corpus:
    documents = read_documents(path)
    if not documents:
        raise DataError(f"{path} holds no text")
    return encode_corpus(name, documents, codec)


def _cache_key(path: Path, codec: str) -> str:
    packed = path.with_name(path.name + ".xz")
    found = next((p for p in (path, packed) if p.exists()), None)
    if found is None:
        raise DataError(f"{path} does not exist")
    stat = found.stat()
    facts = f"{_CACHE_VERSION}:{path.resolve()}:{stat.st_size}:{stat.st_mtime_ns}:{codec}"
    return hashlib.sha256(facts.encode()).hexdigest()[:16]
