"""What each command does with its parsed arguments."""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from training.data import find_corpus, load_corpus
from training.errors import DataError, RunError
from training.exchange import About, config_of_original, export_wygpt, import_wygpt, shown_name
from training.export import Weights, average, export_run, read_model, read_run, write_origin
from training.finetune import VALID_ROWS, Recipe, recipe_from_folder
from training.personal import default_bytes, personal_recipe
from training.shape import WygptShape
from training.trainer import TrainConfig, Trainer
from training.windows import measure_corpus

# Of Muon and AdamW. A hundred steps at the corpora's rates make a model worse on the very text that
# it learns (docs/training.md).
_CORPORA_RATES, _PERSONAL_RATES = (0.01, 1.5e-3), (0.002, 5e-4)
# Of the old weights, in a model of one's own text: that forgets half as much and learns as much.
_KEPT = 0.35
_VALID_LENGTH = 512
_LARGEST = 10**9


def pretrain(args: argparse.Namespace) -> None:
    """Train a new model on the corpora, or go on with the run in `--out`."""
    sizes = (args.width, args.layers, args.heads, args.context)
    shape = WygptShape(*sizes, args.ngram_orders, args.ngram_rows if args.ngram_orders else 0)
    cache = _cache(args.out)
    train = [load_corpus(find_corpus(args.data, n), args.codec, cache) for n in args.mix]
    valid = [load_corpus(path, args.codec, cache) for path in _valid_files(args.data, args.mix)]
    length = min(_VALID_LENGTH, shape.context)
    recipe = Recipe(train, args.mix, [measure_corpus(one, VALID_ROWS, length) for one in valid])
    config = TrainConfig(
        codec=args.codec,
        bytes_budget=args.bytes,
        minutes=args.minutes,
        batch_bytes=args.batch_bytes,
        curriculum=args.curriculum,
        sliding=args.sliding,
        seed=args.seed,
        compile=not args.no_compile,
        fused=args.fused,
        shares=recipe.shares,
        valid_every_s=args.valid_every,
    )
    _train(args, args.out, shape, config, recipe, None)


def finetune(args: argparse.Namespace) -> None:
    """Teach a trained model to answer, or to know one's own text.

    From `--run`, `--out` is another run; from `--model`, it is the new model's folder, and the run
    is kept in `--work`.
    """
    base = read_run(args.run) if args.run else read_model(args.model)
    kept = _kept_share(args)
    run = args.out if args.run else args.work or Path("runs") / args.out.name
    recipe, budget = _finetuning_recipe(args, base, run)
    usual = _CORPORA_RATES if args.data.is_dir() else _PERSONAL_RATES
    config = TrainConfig(
        codec=base.codec,
        bytes_budget=budget,
        minutes=args.minutes,
        batch_bytes=args.batch_bytes,
        curriculum=args.curriculum,
        sliding=args.sliding,
        muon_lr=usual[0] if args.muon_lr is None else args.muon_lr,
        adam_lr=usual[1] if args.adam_lr is None else args.adam_lr,
        warmup_steps=30,
        decay_share=1.0,
        seed=args.seed,
        compile=not args.no_compile,
        fused=args.fused,
        shares=recipe.shares,
        distilled=recipe.distilled,
        valid_every_s=args.valid_every,
    )
    write_origin(run, base.origin)
    trainer = _train(args, run, base.shape, config, recipe, base.weights)
    if not args.run:
        export_run(
            run,
            args.out,
            name=args.out.name,
            version="1",
            licence=args.licence,
            averaged=(base, kept),
        )
        trainer.model.load_state_dict(average(read_run(run), base, kept).weights)
        _print_change(trainer)
        print(f"wrote {args.out}; a service that runs takes it with POST /admin/reload")


def _kept_share(args: argparse.Namespace) -> float:
    """Return the share of the old weights in the new model.

    Raises:
        RunError: it cannot be one, or a run is made, which is averaged when it is exported.
    """
    if args.keep is None:
        return 0.0 if args.data.is_dir() else _KEPT
    if args.run:
        raise RunError("--keep goes with --model; a run is averaged by `export --average`")
    if not 0.0 <= args.keep < 1.0:
        raise RunError(f"--keep is {args.keep}; it must be from 0 to below 1")
    return float(args.keep)


def _finetuning_recipe(args: argparse.Namespace, base: Weights, run: Path) -> tuple[Recipe, int]:
    """Return what to learn from, and how many bytes of it."""
    length = min(_VALID_LENGTH, base.shape.context)
    if args.data.is_dir():
        return recipe_from_folder(
            args.data, base.codec, _cache(run), length, args.reread
        ), args.bytes
    if args.run:
        raise RunError(
            "--run goes with a folder of corpora; to learn from one file, export the run first and "
            "start from --model"
        )
    recipe = personal_recipe(
        args.data,
        args.model,
        base.codec,
        length,
        replay=args.replay,
        cache=_cache(run),
        seed=args.seed,
    )
    unbounded = not args.bytes and not args.minutes
    return recipe, default_bytes(args.data) if unbounded else args.bytes


def _print_change(trainer: Trainer) -> None:
    """Print what was gained and what was forgotten."""
    print("bits per character      before   after")
    for name, after in trainer.validate().items():
        print(f"{name:22} {trainer.progress.before[name]:7.3f} {after:7.3f}")


def _valid_files(folder: Path, mix: Mapping[str, float]) -> list[Path]:
    """Return the file NAME.valid of each NAME.train that has one."""
    found: list[Path] = []
    for name in mix:
        with contextlib.suppress(DataError):
            found.append(find_corpus(folder, name.removesuffix(".train") + ".valid"))
    return found


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
        unsure_bits=args.unsure_bits,
        averaged=(read_run(args.average), args.share) if args.average else None,
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
        asking=Asking(args.top_e, args.temperature, args.seed, max(1, args.drafts)),
        replies=args.replies,
        reference_characters=args.reference_characters,
    )
    if not args.all:
        evaluate_model(args.model, args.data, options, args.out)
        return
    found = evaluate_all(args.model, args.data, options, args.out)
    print(findings(found))
    print(f"\nwrote {args.out}")


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


def _train(  # noqa: PLR0917
    args: argparse.Namespace,
    run: Path,
    shape: WygptShape,
    config: TrainConfig,
    recipe: Recipe,
    initial: Mapping[str, Tensor] | None,
) -> Trainer:
    if args.device == "cuda" and not torch.cuda.is_available():
        raise RunError("--device is cuda, but PyTorch finds no GPU; use --device cpu")
    if args.threads:
        torch.set_num_threads(args.threads)
    print(f"{shape.parameters:,} parameters on {args.device}", flush=True)
    trainer = Trainer(run, shape, config, recipe.train, recipe.valid, args.device, initial)
    trainer.run()
    return trainer
