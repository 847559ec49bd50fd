"""Pretraining: a new model from the corpora, and the end of a run that has none."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from training.batches import measure_corpus
from training.checkpoints import CHECKPOINT, RunState, load_state, save_state, shape_of
from training.data import find_corpus, load_corpus
from training.errors import DataError, RunError
from training.provenance import Provenance
from training.schedule import Stages, TrainConfig
from training.shape import PairShape, Shape, WygptShape
from training.trainer import Task, check_alike

MIX: Final = {"classics.train": 0.70, "dialogue.train": 0.20, "general-zh.train": 0.10}
_VALID_ROWS, _VALID_BYTES = 64, 512
_SIZES: Final = ("width", "layers", "heads", "context")


@dataclass(frozen=True, slots=True)
class Recipe:
    """Defaults of a family's training where the command line does not say otherwise.

    Attributes:
        shape: sizes.
        codec: text codec.
        batch_bytes: bytes a step of the optimizer.
        adam_lr: rate of heads and tables.
        curriculum: stages as shares of the run.
        endless: stages of a run without an end, in bytes.
    """

    shape: Shape
    codec: str
    batch_bytes: int
    adam_lr: float
    curriculum: Stages
    endless: Stages


_BYTE_STAGES: Final = ((0.55, 256), (0.25, 512), (0.2, 1024))
_BYTE_AMOUNTS: Final = ((4e7, 256), (8e7, 512), (1.0, 1024))
RECIPES: Final[dict[str, Recipe]] = {
    "wygpt-pair": Recipe(
        PairShape(192, 5, 4, 1024, (1, 2, 3), (6144, 4096, 3072), mixing=True),
        codec="utf-16-be",
        batch_bytes=8192,
        adam_lr=0.02,
        curriculum=((0.55, 128), (0.25, 256), (0.2, 512)),
        endless=((8e7, 128), (1.6e8, 256), (1.0, 512)),
    ),
    "wygpt-ngram": Recipe(
        WygptShape(192, 5, 4, 1024, (2, 3, 4, 6), 4781),
        codec="gb18030",
        batch_bytes=4096,
        adam_lr=3e-3,
        curriculum=_BYTE_STAGES,
        endless=_BYTE_AMOUNTS,
    ),
    "wygpt": Recipe(
        WygptShape(192, 7, 4, 1024),
        codec="gb18030",
        batch_bytes=4096,
        adam_lr=3e-3,
        curriculum=_BYTE_STAGES,
        endless=_BYTE_AMOUNTS,
    ),
}


def pretraining_task(args: argparse.Namespace) -> Task:
    """Return what the command line asks for; with `--decay`, in a folder that goes on from there.

    Raises:
        TrainingError: a size, a corpus or an option cannot be.
    """
    if args.decay:
        shape, config, before = _branch(args)
    else:
        shape, config, before = asked_shape(args), asked_config(args), Provenance()
    config.check()
    cache = args.out.parent / "cache"
    train = [load_corpus(find_corpus(args.data, n), config.codec, cache) for n in config.shares]
    valid = [
        load_corpus(path, config.codec, cache) for path in _valid_files(args.data, config.shares)
    ]
    steps = min(_VALID_BYTES // shape.step_bytes, shape.context)
    measures = [measure_corpus(one, _VALID_ROWS, steps, shape.step_bytes) for one in valid]
    return Task(shape, config, train, measures, None, before)


def asked_shape(args: argparse.Namespace) -> Shape:
    """Return the sizes that the command line asks for.

    Raises:
        ModelError: no model can have them.
        RunError: there is not one number of rows, and not one for each order.
    """
    usual = RECIPES[args.family].shape
    fields: dict[str, Any] = dict(usual.card_fields())
    fields |= {name: getattr(args, name) for name in _SIZES if getattr(args, name) is not None}
    if args.mixing is not None:
        if args.family != "wygpt-pair":
            raise RunError("only family wygpt-pair mixes keys and values; leave out --mixing")
        fields["mixing"] = args.mixing
    if args.family == "wygpt":
        if args.orders or args.rows:
            raise RunError("family wygpt has no n-gram tables; leave out --orders and --rows")
        return shape_of(fields)
    orders = usual.ngram_orders if args.orders is None else args.orders
    fields |= {"ngram_orders": orders, "ngram_rows": _rows(args.rows, orders, usual)}
    return shape_of(fields)


def _rows(
    asked: tuple[int, ...] | None, orders: tuple[int, ...], usual: Shape
) -> int | tuple[int, ...]:
    rows = asked or (tuple(count for _, count in usual.tables) if orders else ())
    if len(rows) == 1:
        rows *= len(orders)
    if isinstance(usual, WygptShape):
        if len(set(rows)) > 1:
            raise RunError("--rows has several numbers; all tables of wygpt-ngram are of one size")
        return rows[0] if orders else 0
    if len(rows) != len(orders):
        raise RunError(f"--rows has {len(rows)} numbers and --orders {len(orders)}; give as many")
    return rows


def asked_config(args: argparse.Namespace) -> TrainConfig:
    """Return how the command line asks to train.

    Raises:
        RunError: a share of the corpora is not a number above 0.
    """
    usual = RECIPES[args.family]
    endless = not (args.bytes or args.minutes or args.cpu_seconds)
    given = {
        name: getattr(args, name)
        for name in ("codec", "batch_bytes", "curriculum", "adam_lr")
        if getattr(args, name) is not None
    }
    shares = args.mix or MIX
    if any(not share > 0 for share in shares.values()):
        raise RunError(f"--mix is {shares}; each share must be above 0")
    return replace(
        TrainConfig(
            codec=usual.codec,
            bytes_budget=args.bytes,
            minutes=args.minutes,
            processor_seconds=args.cpu_seconds,
            batch_bytes=usual.batch_bytes,
            curriculum=usual.endless if endless else usual.curriculum,
            sliding=0.5 if args.sliding is None else args.sliding,
            muon_lr=0.02 if args.muon_lr is None else args.muon_lr,
            adam_lr=usual.adam_lr,
            decay_share=0.35 if args.decay_share is None else args.decay_share,
            seed=args.seed,
            shares=shares,
            valid_every_s=args.valid_every,
        ),
        **given,
    )


def _branch(args: argparse.Namespace) -> tuple[Shape, TrainConfig, Provenance]:
    """Put the checkpoint of `--decay` into `--out`, to go on from there with a falling rate.

    Raises:
        RunError: an option asks for another model than that run's, or the run has no end.
    """
    resumed = (args.out / CHECKPOINT).exists()
    state = load_state(args.out if resumed else args.decay)
    _check_branch(args, state)
    config = replace(
        state.config,
        bytes_budget=args.bytes,
        minutes=args.minutes,
        processor_seconds=args.cpu_seconds,
        decay_share=1.0 if args.decay_share is None else args.decay_share,
        valid_every_s=args.valid_every,
    )
    config.check()
    if not resumed:
        progress = state.progress
        progress.first_step, progress.first_byte = progress.step, progress.bytes_seen
        progress.first_second = progress.seconds
        progress.first_processor_second = progress.processor_seconds
        args.out.mkdir(parents=True, exist_ok=True)
        save_state(args.out, replace(state, config=config))
    return state.shape, config, state.before


def _check_branch(args: argparse.Namespace, state: RunState) -> None:
    fields: dict[str, Any] = dict(state.shape.card_fields())
    fields |= {name: getattr(args, name) for name in _SIZES if getattr(args, name) is not None}
    check_alike(state, shape_of(fields), args.codec or state.config.codec, args.decay)
    if not (args.bytes or args.minutes or args.cpu_seconds):
        raise RunError(
            "--decay lets the rate fall to an end; set it with --bytes, --minutes or --cpu-seconds"
        )
    if args.mix and args.mix != state.config.shares:
        raise RunError(f"--decay goes on with the run's corpora, {state.config.shares}")


def _valid_files(folder: Path, mix: Mapping[str, float]) -> list[Path]:
    """Return the file NAME.valid of each NAME.train that has one."""
    found: list[Path] = []
    for name in mix:
        with contextlib.suppress(DataError):
            found.append(find_corpus(folder, name.removesuffix(".train") + ".valid"))
    return found
