"""A model folder: `model.safetensors` and `config.json`, read and written.

Nothing of a folder is used before all of it was checked.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from inference.card import FORMAT, ModelCard, complete_card, parse_card
from inference.errors import CheckpointError
from inference.tensorfile import HEADER_BYTES, encode_tensors, read_tensors

WEIGHTS: Final = "model.safetensors"
CARD: Final = "config.json"
_CARD_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A model as it lies on disk.

    Attributes:
        path: its folder.
        config: the checked `config.json`.
        tensors: (rows, columns) float32 by name, stored undivided: the forward pass multiplies
            each matrix by 1/sqrt(fan-in).
    """

    path: Path
    config: ModelCard
    tensors: Mapping[str, NDArray[np.float32]]

    @classmethod
    def load(cls, path: Path) -> Checkpoint:
        """Read and check a model folder.

        Raises:
            CheckpointError: something of it cannot be used; the sentence names file and field.
        """
        card = load_card(path)
        file = path / WEIGHTS
        content = _read(file, limit=4 * card.parameters + HEADER_BYTES)
        found = hashlib.sha256(content).hexdigest()
        # The structure first: of a file cut short, "sha256 differs" says too little.
        tensors = read_tensors(content, card.tensor_shapes(), str(file))
        if found != card.sha256:
            raise CheckpointError(
                f"{file}: its sha256 is {found}, {path / CARD} says {card.sha256}; "
                "the two files are not of one model"
            )
        return cls(path, card, tensors)

    @property
    def codec(self) -> str:
        """Text codec of the model."""
        return self.config.codec

    @property
    def name(self) -> str:
        """What people call the model."""
        return self.config.name

    @property
    def version(self) -> str:
        """Version of the weights."""
        return self.config.version

    @property
    def sha256(self) -> str:
        """Digest of the weights, in hexadecimal."""
        return self.config.sha256


def load_card(path: Path) -> ModelCard:
    """Read and check `config.json` of a model folder, and nothing else.

    Raises:
        CheckpointError: the folder or the file is missing, or a field cannot be used.
    """
    if not path.is_dir():
        raise CheckpointError(f"{path}: there is no such folder; a model is a folder")
    file = path / CARD
    try:
        fields = json.loads(_read(file, limit=_CARD_BYTES).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{file}: it is not JSON in UTF-8 ({error})") from error
    return parse_card(fields, str(file))


def write_checkpoint(
    path: Path,
    tensors: Mapping[str, NDArray[np.float32]],
    config: Mapping[str, object],
    *,
    exact: bool = False,
) -> ModelCard:
    """Write a model folder: weights as bf16, and the card with its digest.

    The same arguments give the same bytes. Both files are written before the first one is
    replaced: a disk that fills up leaves the model that was there.

    Args:
        path: the folder; made when missing.
        tensors: undivided float32 tensors by name, see `ModelCard.tensor_shapes`.
        config: the card's fields; `format`, `parameters` and `sha256` are filled in here.
        exact: weights as float32.

    Raises:
        CheckpointError: `load` would refuse what is to be written; nothing is written then.
    """
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise CheckpointError(f"{path / WEIGHTS}: {name} holds a number that is not finite")
    content = encode_tensors(tensors, exact=exact)
    card = _complete_card(config, content, str(path / CARD))
    read_tensors(content, card.tensor_shapes(), str(path / WEIGHTS))
    text = json.dumps(card.fields(), ensure_ascii=False, indent=2) + "\n"
    path.mkdir(parents=True, exist_ok=True)
    _replace({path / WEIGHTS: content, path / CARD: text.encode("utf-8")})
    return card


def _complete_card(config: Mapping[str, object], content: bytes, source: str) -> ModelCard:
    digest = hashlib.sha256(content).hexdigest()
    return complete_card({"format": FORMAT, **config, "sha256": digest}, source)


def _read(file: Path, limit: int) -> bytes:
    try:
        size = file.stat().st_size
        if size > limit:
            raise CheckpointError(f"{file}: it has {size} bytes; at most {limit} are expected")
        return file.read_bytes()
    except FileNotFoundError as error:
        raise CheckpointError(f"{file}: the file is missing") from error
    except OSError as error:
        raise CheckpointError(f"{file}: it cannot be read ({error.strerror})") from error


def _replace(files: Mapping[Path, bytes]) -> None:
    """Write all files beside the old ones, then put each in its place."""
    temporary = {file: file.with_name(file.name + ".new") for file in files}
    try:
        for file, content in files.items():
            temporary[file].write_bytes(content)
        for file in files:
            temporary[file].replace(file)
    finally:
        for file in files:
            temporary[file].unlink(missing_ok=True)
