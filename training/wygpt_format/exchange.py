"""Models to and from the original wyGPT: its binary file to a model folder, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from inference.model.checkpoint import Checkpoint, write_checkpoint
from inference.model.config import ModelConfig
from training.errors import ModelFileError
from training.wygpt_format.file import WygptFile, WygptSizes, read_wygpt, write_wygpt

FAMILY: Final = "wygpt"
_STEP: Final = 8
"""The original's loops take so many numbers at once and have no remainder."""


@dataclass(frozen=True, slots=True)
class About:
    """Facts of a model that a file in the original's format does not hold.

    Attributes:
        codec: text codec of the bytes that it was trained on.
        name: what people call the model.
        version: of the weights.
        licence: SPDX name of the weights' licence.
    """

    codec: str
    name: str
    version: str
    licence: str


def import_wygpt(
    file: Path, out: Path, about: About, expected: Mapping[str, int | None] | None = None
) -> ModelConfig:
    """Make a model folder of a file in the original's format, every number bit for bit.

    Args:
        file: the original's model file.
        out: the folder; made when missing.
        about: what the file does not say.
        expected: sizes that the caller knows, see `read_wygpt`.

    Raises:
        ModelFileError: the file is refused, or the folder cannot be written.
        CheckpointError: something of `about` is refused.
    """
    found = read_wygpt(file, expected or {})
    config = {
        "family": FAMILY,
        "codec": about.codec,
        "context": found.sizes.context,
        "width": found.sizes.width,
        "layers": found.sizes.depth,
        "heads": found.sizes.heads,
        "corpora": [],
        "bytes_seen": 0,
        "valid": {},
        "licence": about.licence,
        "name": about.name,
        "version": about.version,
    }
    try:
        card = write_checkpoint(out, found.tensors, config)
        text = _card_text(card, found, shown_name(file))
        (out / "README.md").write_text(text, encoding="utf-8")
    except OSError as error:
        raise ModelFileError(f"{out}: it cannot be written ({error.strerror})") from error
    return card


def export_wygpt(model: Path, file: Path) -> WygptSizes:
    """Write a model folder as one file in the original's format, in bfloat16.

    Raises:
        CheckpointError: the folder cannot be used.
        ModelFileError: the model is of another family, or the file cannot be written.
    """
    checkpoint = Checkpoint.load(model)
    card = checkpoint.config
    if card.family != FAMILY:
        raise ModelFileError(
            f"{model}: its family is {card.family}; the format can hold {FAMILY} only"
        )
    sizes = WygptSizes(card.context, card.width, card.layers, card.heads)
    write_wygpt(file, sizes, checkpoint.tensors)
    return sizes


def config_of_original(sizes: WygptSizes) -> str:
    """Return what the original must be compiled with to run a file of these sizes, in one line."""
    head = sizes.width // sizes.heads
    text = f"context={sizes.context}, depth={sizes.depth}, heads={sizes.heads}, embed=heads*{head}"
    if sizes.context % _STEP or head % _STEP:
        text += (
            f"; but its cpu program needs a context and a width of each head (here {head}) that "
            f"are multiples of {_STEP}"
        )
    return text


def shown_name(path: Path) -> str:
    """Return the last part of a path as text that UTF-8 can hold, whatever bytes it has."""
    name = path.absolute().name
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _card_text(card: ModelConfig, found: WygptFile, source: str) -> str:
    return f"""\
# {card.name} {card.version}

A language model of {card.parameters / 1e6:.1f} million parameters that reads and writes bytes, \
imported bit for
bit from `{source}`, a file in the format of wyGPT (github.com/wangyi-fudan/wyGPT).

| family | width | layers | heads | context (bytes) | parameters | sha256 | sha256 of the file |
|---|---:|---:|---:|---:|---:|---|---|
| {card.family} | {card.width} | {card.layers} | {card.heads} | {card.context} \
| {card.parameters:,} | `{card.sha256[:16]}…` | `{found.sha256[:16]}…` |

## What the file does not say

- What it was trained on and for how many bytes: `corpora` is empty and `bytes_seen` 0.
- Its text codec: `{card.codec}` is what the import was told. A wrong one shows as nonsense, and in
  many bits per character.
- Its licence: `{card.licence}` is what the import was told.
- Whether it knows the chat format; a model of wyGPT continues text: `generate --raw`.

## Quality

Not measured. `python -m inference score --model FOLDER FILE` measures it on a text; the `cpu`
backend computes in int8, which is coarser than the original's int16, `reference` in float32.

## Limits

It invents. It is **not medical advice**, whatever it was trained on.

## Licence

Weights: {card.licence}.
"""
