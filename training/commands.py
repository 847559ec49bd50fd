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
from training.export import export_run, read_model, read_run, write_origin
from training.finetune import Recipe, recipe_from_file, recipe_from_folder
from training.trainer import TrainConfig, Trainer
from training.windows import measure_corpus
from training.wygpt import WygptShape

PRETRAIN_SHARES = {"classics.train": 0.70, "dialogue.train": 0.20, "general-zh.train": 0.10}
PRETRAIN_VALID = ("classics.valid", "dialogue.valid")
_VALID_LENGTH = 512
_LARGEST = 10**9
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
    """Measure a model, or write the pages of an earlier measurement again."""
    from training.evaluation.dialogue import Asking
    from training.evaluation.evaluate import Options, evaluate_all, evaluate_model
    from training.evaluation.pages import rewrite_pages
    from training.evaluation.report import findings

    if (args.all or args.pages) and not args.out:
        raise RunError("--all and --pages write a folder; name it with --out")
    for name in ("limit_characters", "reference_characters", "replies", "seed"):
        if not 0 <= getattr(args, name) <= _LARGEST:
            option = name.replace("_", "-")
            raise RunError(f"--{option} is {getattr(args, name)}; it must be 0 to {_LARGEST}")
    if args.pages:
        rewrite_pages(args.out)
        return
    options = Options(
        backends=args.backend or ["cpu"],
        limit=args.limit_characters,
        threads=args.threads,
        prompts=args.prompts,
        samples=not args.no_samples,
        asking=Asking(args.top_e, args.temperature, args.seed),
        replies=args.replies,
        reference_characters=args.reference_characters,
    )
    if not args.all:
        evaluate_model(args.model, args.data, options, args.out)
        return
    found = evaluate_all(args.model, args.data, options, args.out)
    print(findings(found))
    print(f"\nwrote {args.out}")


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
