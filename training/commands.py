"""What each command does with its parsed arguments."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from training.data import find_corpus, load_corpus
from training.errors import RunError
from training.exchange import About, config_of_original, export_wygpt, import_wygpt, shown_name
from training.export import export_run, read_model, read_run, write_origin
from training.finetune import Recipe, recipe_from_file, recipe_from_folder
from training.trainer import TrainConfig, Trainer
from training.windows import measure_corpus
from training.wygpt import WygptShape

PRETRAIN_SHARES = {"classics.train": 0.70, "dialogue.train": 0.20, "general-zh.train": 0.10}
PRETRAIN_VALID = ("classics.valid", "dialogue.valid")
_VALID_LENGTH = 512
_VALID_ROWS = 24


def pretrain(args: argparse.Namespace) -> None:
    """Train a new model on the corpora, or go on with the run in `--out`."""
    shape = WygptShape(args.width, args.layers, args.heads, args.context)
    cache = _cache(args.out)
    train = [load_corpus(find_corpus(args.data, n), args.codec, cache) for n in PRETRAIN_SHARES]
    valid = [load_corpus(find_corpus(args.data, n), args.codec, cache) for n in PRETRAIN_VALID]
    length = min(_VALID_LENGTH, shape.context)
    recipe = Recipe(
        train, PRETRAIN_SHARES, [measure_corpus(corpus, _VALID_ROWS, length) for corpus in valid]
    )
    config = TrainConfig(
        codec=args.codec,
        bytes_budget=args.bytes,
        minutes=args.minutes,
        batch_bytes=args.batch_bytes,
        seed=args.seed,
        compile=not args.no_compile,
        shares=recipe.shares,
        valid_every_s=args.valid_every,
    )
    _train(args, shape, config, recipe, None)


def finetune(args: argparse.Namespace) -> None:
    """Teach a trained model to answer, or go on with the run in `--out`."""
    base = read_run(args.run) if args.run else read_model(args.model)
    length = min(_VALID_LENGTH, base.shape.context)
    if args.data.is_dir():
        recipe = recipe_from_folder(args.data, base.codec, _cache(args.out), length)
    else:
        recipe = recipe_from_file(args.data, base.codec, length, args.replay, _cache(args.out))
    config = TrainConfig(
        codec=base.codec,
        bytes_budget=args.bytes,
        minutes=args.minutes,
        batch_bytes=args.batch_bytes,
        length=length,
        late_length=length,
        muon_lr=args.muon_lr,
        adam_lr=args.adam_lr,
        warmup_steps=30,
        decay_share=1.0,
        seed=args.seed,
        compile=not args.no_compile,
        shares=recipe.shares,
        valid_every_s=args.valid_every,
    )
    write_origin(args.out, base.origin)
    _train(args, base.shape, config, recipe, base.weights)


def export(args: argparse.Namespace) -> None:
    """Make a model folder of a run."""
    scores = json.loads(args.scores.read_text(encoding="utf-8")) if args.scores else {}
    export_run(
        args.run,
        args.out,
        name=args.name or args.out.name,
        version=args.version,
        licence=args.licence,
        machine=args.machine,
        scores=scores,
    )
    print(f"wrote {args.out}")


def evaluate(args: argparse.Namespace) -> None:
    """Measure a model and show its replies."""
    from training.evaluate import evaluate_model

    evaluate_model(
        args.model,
        args.data,
        backends=args.backend or ["cpu"],
        limit=args.limit_characters,
        threads=args.threads,
        prompts=args.prompts,
        samples=not args.no_samples,
        out=args.out,
    )


def import_from_wygpt(args: argparse.Namespace) -> None:
    """Make a model folder of a file in the original's format."""
    about = About(args.codec, args.name or shown_name(args.out), args.version, args.licence)
    expected = {name: getattr(args, name) for name in ("context", "width", "depth", "heads")}
    card = import_wygpt(args.file, args.out, about, expected)
    print(f"wrote {args.out}: {card.parameters:,} parameters, codec {card.codec}")


def export_to_wygpt(args: argparse.Namespace) -> None:
    """Write a model folder as a file in the original's format."""
    sizes = export_wygpt(args.model, args.out)
    print(f"wrote {args.out}; the original's config: {config_of_original(sizes)}")


def _cache(out: Path) -> Path:
    return out.parent / "cache"


def _train(
    args: argparse.Namespace,
    shape: WygptShape,
    config: TrainConfig,
    recipe: Recipe,
    initial: Mapping[str, Tensor] | None,
) -> None:
    if args.device == "cuda" and not torch.cuda.is_available():
        raise RunError("--device is cuda, but PyTorch finds no GPU; use --device cpu")
    if args.threads:
        torch.set_num_threads(args.threads)
    print(f"{shape.parameters:,} parameters on {args.device}", flush=True)
    Trainer(args.out, shape, config, recipe.train, recipe.valid, args.device, initial).run()
