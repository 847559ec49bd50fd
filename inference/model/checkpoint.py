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

from inference.errors import CheckpointError
from inference.model.config import FORMAT, ModelConfig, complete_config, parse_config
from inference.model.files import memory_bytes, read_file
from inference.model.tensorfile import HEADER_BYTES, encode_tensors, read_tensors

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
    config: ModelConfig
    tensors: Mapping[str, NDArray[np.float32]]

    @classmethod
    def load(cls, path: Path) -> Checkpoint:
        """Read and check a model folder.

        Raises:
            CheckpointError: something of it cannot be used; the sentence names file and field.
        """
        card = load_config(path)
        file = path / WEIGHTS
        _check_memory(card, path)
        content = read_file(file, 4 * card.parameters + HEADER_BYTES)
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
        """Name of the model for people."""
        return self.config.name

    @property
    def version(self) -> str:
        """Version of the weights."""
        return self.config.version

    @property
    def sha256(self) -> str:
        """Digest of the weights, in hexadecimal."""
        return self.config.sha256


def load_config(path: Path) -> ModelConfig:
    """Read and check `config.json` of a model folder, and nothing else.

    Raises:
        CheckpointError: the folder or the file is missing, or a field cannot be used.
    """
    if not _is_folder(path):
        raise CheckpointError(f"{path}: there is no such folder; a model is a folder")
    file = path / CARD
    try:
        fields = json.loads(read_file(file, _CARD_BYTES).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise CheckpointError(f"{file}: it is not JSON in UTF-8 ({error})") from error
    return parse_config(fields, str(file))


def write_checkpoint(
    path: Path,
    tensors: Mapping[str, NDArray[np.float32]],
    config: Mapping[str, object],
    *,
    exact: bool = False,
) -> ModelConfig:
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


def _complete_card(config: Mapping[str, object], content: bytes, source: str) -> ModelConfig:
    digest = hashlib.sha256(content).hexdigest()
    return complete_config({"format": FORMAT, **config, "sha256": digest}, source)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _check_memory(card: ModelConfig, path: Path) -> None:
    """Refuse weights that the machine could not hold, before the kernel ends the process."""
    needed, there = 6 * card.parameters, memory_bytes()  # bf16 as read, float32 as decoded
    if needed > there:
        raise CheckpointError(
            f"{path / CARD}: parameters is {card.parameters}; they need {needed >> 20} MiB of"
            f" memory, and {there >> 20} are there"
        )


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
