"""Execution of each command with its parsed arguments."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from training.cores import CoreOptions
from training.errors import RunError
from training.export import Weights, average, export_run, read_model, read_run
from training.finetune import Recipe
from training.personal import default_bytes, personal_recipe
from training.pretraining import pretraining_task
from training.reader.recipe import reader_recipe
from training.schedule import TrainConfig
from training.trainer import Task, Trainer
from training.wygpt_format.exchange import (
    About,
    config_of_original,
    export_wygpt,
    import_wygpt,
    shown_name,
)

# Of Muon and AdamW. A hundred steps at the corpora's rates make a model worse on the very text that
# it learns (docs/training.md).
_CORPORA_RATES, _PERSONAL_RATES = (0.01, 1.5e-3), (0.002, 5e-4)
# Of the old weights, in a model of one's own text: that forgets half as much and learns as much.
_KEPT = 0.35
_WINDOW_BYTES = 512
_LARGEST = 10**9


def pretrain(args: argparse.Namespace) -> None:
    """Train a new model on the corpora, or go on with the run in `--out`."""
    options = _core_options(args)
    _train(args.out, pretraining_task(args), options)


def finetune(args: argparse.Namespace) -> None:
    """Teach a trained model to answer, or to know one's own text.

    From `--run`, `--out` is another run; from `--model`, it is the new model's folder, and the run
    is kept in `--work`.
    """
    options = _core_options(args)
    base = read_run(args.run) if args.run else read_model(args.model)
    kept = _kept_share(args)
    run = args.out if args.run else args.work or Path("runs") / args.out.name
    recipe, budget = _finetuning_recipe(args, base, run)
    config = _finetuning_config(args, base, recipe, budget)
    task = Task(base.shape, config, recipe.train, recipe.valid, base.tensors, base.origin)
    trainer = _train(run, task, options)
    if not args.run:
        export_run(
            run,
            args.out,
            name=args.out.name,
            version="1",
            licence=args.licence,
            averaged=(base, kept),
        )
        averaged = average(read_run(run), base, kept)
        trainer.core.restore(averaged.tensors, trainer.core.state())
        _print_change(trainer)
        print(f"wrote {args.out}; a service that runs takes it with POST /admin/reload")


def _finetuning_config(
    args: argparse.Namespace, base: Weights, recipe: Recipe, budget: int
) -> TrainConfig:
    usual = _CORPORA_RATES if args.data.is_dir() else _PERSONAL_RATES
    return TrainConfig(
        codec=base.codec,
        bytes_budget=budget,
        minutes=args.minutes,
        processor_seconds=args.cpu_seconds,
        batch_bytes=args.batch_bytes or 4096,
        curriculum=args.curriculum or ((1.0, _window_steps(base)),),
        sliding=args.sliding or 0.0,
        muon_lr=usual[0] if args.muon_lr is None else args.muon_lr,
        adam_lr=usual[1] if args.adam_lr is None else args.adam_lr,
        warmup_steps=30,
        decay_share=1.0 if args.decay_share is None else args.decay_share,
        seed=args.seed,
        shares=recipe.shares,
        distilled=recipe.distilled,
        valid_every_s=args.valid_every,
    )


def _window_steps(base: Weights) -> int:
    """Steps of half a kilobyte."""
    return _WINDOW_BYTES // base.shape.step_bytes


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
    steps, stride = min(_window_steps(base), base.shape.context), base.shape.step_bytes
    cache = run.parent / "cache"
    if args.knowledge is not None:
        recipe = reader_recipe(
            args.data,
            args.knowledge,
            base.codec,
            cache,
            steps,
            stride=stride,
            reread=args.reread,
            refusals=args.refusals,
            seed=args.seed,
            mistakes=args.mistakes,
        )
        return recipe, args.bytes
    if args.mistakes is not None:
        raise RunError("--mistakes goes with --knowledge; they are a reader's")
    if args.data.is_dir():
        raise RunError(
            f"{args.data} is a folder: it goes with --knowledge, the folder of an account's notes; "
            "one's own text is a file"
        )
    if args.run:
        raise RunError(
            "--run goes with a folder of corpora; to learn from one file, export the run first and "
            "start from --model"
        )
    recipe = personal_recipe(
        args.data,
        args.model,
        base.codec,
        steps,
        stride=stride,
        replay=args.replay,
        cache=cache,
        seed=args.seed,
    )
    unbounded = not (args.bytes or args.minutes or args.cpu_seconds)
    return recipe, default_bytes(args.data) if unbounded else args.bytes


def _print_change(trainer: Trainer) -> None:
    """Print what was gained and what was forgotten."""
    print("bits per character      before   after")
    for name, after in trainer.validate().items():
        print(f"{name:22} {trainer.progress.before[name]:7.3f} {after:7.3f}")


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
        exact=args.float32,
    )
    print(f"wrote {args.out}")


def evaluate(args: argparse.Namespace) -> None:
    """Measure a model, or write the pages of an earlier measurement again."""
    from training.evaluation.evaluate import Options, evaluate_all, evaluate_model
    from training.evaluation.pages import rewrite_pages
    from training.evaluation.report import findings
    from training.evaluation.service.asking import Asking

    if (args.all or args.pages) and not args.out:
        raise RunError("--all and --pages write a folder; name it with --out")
    for name in ("limit_characters", "reference_characters", "seed"):
        if not 0 <= getattr(args, name) <= _LARGEST:
            option = name.replace("_", "-")
            raise RunError(f"--{option} is {getattr(args, name)}; it must be 0 to {_LARGEST}")
    if args.pages:
        rewrite_pages(args.out)
        return
    backend = (args.backend or ["cpu"])[0]
    options = Options(
        backends=args.backend or ["cpu"],
        limit=args.limit_characters,
        threads=args.threads,
        prompts=args.prompts,
        samples=not args.no_samples,
        asking=Asking(args.top_e, args.temperature, args.seed, max(1, args.drafts), backend),
        account=args.account,
        questions=args.questions,
        books=args.books,
        reference_characters=args.reference_characters,
    )
    if not args.all:
        evaluate_model(args.model, args.data, options, args.out)
        return
    found = evaluate_all(args.model, args.data, options, args.out)
    print(findings(found))
    print(f"\nwrote {args.out}")


def read(args: argparse.Namespace) -> None:
    """Measure how a model answers from evidence, and keep some replies to be judged by eye."""
    from training.evaluation.reading import Reading
    from training.evaluation.reading_command import Asked, measure_model

    if not 1 <= args.count <= _LARGEST:
        raise RunError(f"--count is {args.count}; it must be 1 to {_LARGEST}")
    how = Reading(args.drafts, args.top_e, args.temperature, args.seed)
    asked = Asked(args.data, args.knowledge, args.questions, args.count)
    told = measure_model(args.model, asked, how, args.threads, args.samples)
    if args.out:
        text = json.dumps(told, ensure_ascii=False, indent=1)
        args.out.write_text(text + "\n", encoding="utf-8")
        print(f"\nwrote {args.out}")


def mistakes(args: argparse.Namespace) -> None:
    """Let a model answer what it learns from, and keep where it goes wrong."""
    from training.evaluation.reading import Reading
    from training.evaluation.reading_command import Asked
    from training.reader.mistakes_command import collect_mistakes

    if not 1 <= args.count <= _LARGEST:
        raise RunError(f"--count is {args.count}; it must be 1 to {_LARGEST}")
    how = Reading(args.drafts, args.top_e, args.temperature, args.seed)
    asked = Asked(args.data, args.knowledge, None, args.count)
    collect_mistakes(args.model, asked, how, args.out)


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


def _core_options(args: argparse.Namespace) -> CoreOptions:
    """Return who is to compute.

    Raises:
        RunError: this machine cannot do what was asked.
    """
    options = CoreOptions(
        kind=args.core,
        device=args.device,
        threads=args.threads,
        precision=args.precision,
        compiled=not args.no_compile,
        fused=args.fused,
    )
    options.check()
    return options


def _train(run: Path, task: Task, options: CoreOptions) -> Trainer:
    kind = "PyTorch" if options.uses_torch else "our own kernels"
    shape = task.shape
    print(f"{shape.family}, {shape.parameters:,} parameters, {options.device}, {kind}", flush=True)
    trainer = Trainer(run, task, options.open)
    trainer.run()
    return trainer
