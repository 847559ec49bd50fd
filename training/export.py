"""From a training run to a model folder, and from a model folder back to weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from inference.model.checkpoint import Checkpoint, write_checkpoint
from inference.model.config import ModelConfig
from training.checkpoints import load_state, shape_of
from training.errors import RunError
from training.files import replacing
from training.provenance import Provenance
from training.readme import is_tuned, model_card
from training.shape import Shape, Tensors, divided, undivided


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """A model's weights as training keeps them: matrices divided by the root of the fan-in."""

    shape: Shape
    codec: str
    tensors: Tensors
    origin: Provenance


def read_run(run: Path) -> Weights:
    """Read the newest checkpoint of a run.

    Raises:
        RunError: the folder is no run.
    """
    state = load_state(run)
    return Weights(state.shape, state.config.codec, state.tensors, state.origin())


def average(one: Weights, other: Weights, share: float) -> Weights:
    """Return the average of two models, one of which was trained on from the other.

    Where both lie in one valley, their mean lies lower than either (Izmailov et al. 2018,
    arXiv:1803.05407; Wortsman et al. 2022, arXiv:2203.05482), and a mean with the model that a
    run began from forgets less of it (Wortsman et al. 2022, arXiv:2109.01903).

    Args:
        one: what the origin is taken from, the one trained longer.
        other: of the same shape and codec.
        share: of `other`, from 0 to 1.

    Raises:
        RunError: they cannot be averaged.
    """
    if not 0.0 <= share <= 1.0:
        raise RunError(f"the share of the other weights is {share}; it must be from 0 to 1")
    if (one.shape, one.codec) != (other.shape, other.codec):
        raise RunError("runs of different shapes or codecs have no average")
    tensors = {
        name: tensor + np.float32(share) * (other.tensors[name] - tensor)
        for name, tensor in one.tensors.items()
    }
    return Weights(one.shape, one.codec, tensors, one.origin)


def read_model(folder: Path) -> Weights:
    """Read an exported model as a start for training.

    Raises:
        CheckpointError: the folder cannot be used.
    """
    checkpoint = Checkpoint.load(folder)
    card = checkpoint.config
    names = ("family", "width", "layers", "heads", "context", "ngram_orders", "ngram_rows")
    fields = {name: getattr(card, name) for name in names}
    shape = shape_of(fields | ({"mixing": card.mixing} if card.mixing else {}))
    origin = Provenance(bytes_seen=card.bytes_seen, corpora=tuple(card.corpora))
    tensors = {name: np.array(tensor) for name, tensor in checkpoint.tensors.items()}
    return Weights(shape, card.codec, divided(tensors), origin)


def export_run(
    run: Path,
    out: Path,
    *,
    name: str,
    version: str,
    licence: str,
    machine: str = "",
    scores: Mapping[str, Any] | None = None,
    unsure_bits: float = 0.0,
    averaged: tuple[Weights, float] | None = None,
    exact: bool = False,
) -> ModelConfig:
    """Write a model folder from a run: weights, `config.json` and the model card.

    Args:
        run: folder of the run.
        out: folder of the model.
        name: what people call the model.
        version: of the weights.
        licence: SPDX name of the weights' licence.
        machine: what the run was trained on, in words.
        scores: what `evaluate` wrote about these weights.
        unsure_bits: for the card, see `inference.model.config.ModelCard`.
        averaged: weights to average the run's with, and their share.
        exact: weights as float32 instead of bfloat16.

    Raises:
        RunError: the folder is no run.
        CheckpointError: the weights cannot be written.
    """
    made = read_run(run)
    if averaged:
        made = average(made, *averaged)
    valid = measured_valid(scores or {}) or last_valid(run)
    config = {
        "codec": made.codec,
        **made.shape.card_fields(),
        "corpora": list(made.origin.corpora),
        "bytes_seen": made.origin.bytes_seen,
        "valid": valid,
        "licence": licence,
        "name": name,
        "version": version,
        **({"unsure_bits": unsure_bits} if unsure_bits else {}),
        **({} if is_tuned(made.origin) else {"answers": False}),
    }
    card = write_checkpoint(out, undivided(made.tensors), config, exact=exact)
    text = model_card(card, made.origin, machine=machine, scores=scores or {})
    with replacing(out / "README.md") as stream:
        stream.write(text.encode("utf-8"))
    return card


def measured_valid(scores: Mapping[str, Any]) -> dict[str, float]:
    """Return the bits per character that `evaluate` found, by name."""
    return {
        f"{name} bits per character ({backend})": round(one["bits_per_character"], 4)
        for backend, texts in scores.get("measured", {}).items()
        for name, one in texts.items()
    }


def last_valid(run: Path) -> dict[str, float]:
    """Return what the run last measured, by name."""
    history = load_state(run).progress.history
    if not history:
        return {}
    return {
        key.removesuffix(" bits_per_char") + " bits per character": value
        for key, value in history[-1].items()
        if key.endswith("bits_per_char")
    }
