"""One run of the study: trains a variant and gives its row."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np

from benchmarks.study.pairs.classes import learn_code, recode
from benchmarks.study.pairs.cost import cost_ratio
from benchmarks.study.pairs.variants import PAIR, VARIANTS, Variant
from training.batches import Measure, measure_corpus
from training.cli import build_parser
from training.cores import CoreOptions
from training.data import Corpus, find_corpus, load_corpus
from training.export import read_model
from training.pretraining import pretraining_task
from training.trainer import OpenCore, Task, Trainer

VALID: Final = ("classics.valid", "dialogue.valid", "general-zh.valid")
_WINDOWS, _WINDOW_BYTES = 128, 512


def task_of(variant: Variant, data: Path, run: Path, seed: int, amount: int) -> Task:
    """Return what a variant trains on `amount` bytes, measured on the study's windows."""
    options = (*variant.base, *variant.options, "--seed", str(seed), "--bytes", str(amount))
    args = build_parser().parse_args(
        ["pretrain", "--data", str(data), "--out", str(run), *map(str, options)]
    )
    task = pretraining_task(args)
    cache = run.parent / "cache"
    valid = [load_corpus(find_corpus(data, name), task.config.codec, cache) for name in VALID]
    train = [corpus for corpus in task.train if isinstance(corpus, Corpus)]
    if variant.recoded:
        code = learn_code(train)
        train, valid = ([recode(one, code) for one in corpora] for corpora in (train, valid))
    task = replace(task, train=train, valid=_measures(valid, task.shape.step_bytes))
    if not variant.start:
        return task
    start = read_model(Path(variant.start))
    return replace(task, shape=start.shape, initial=start.tensors, before=start.origin)


def _measures(valid: list[Corpus], stride: int) -> list[Measure]:
    return [measure_corpus(one, _WINDOWS, _WINDOW_BYTES // stride, stride) for one in valid]


def row_of(variant: Variant, data: Path, run: Path, seed: int, amount: int) -> dict[str, Any]:
    """Train a variant for what `amount` bytes of the base cost and return what came of it."""
    task = task_of(variant, data, run, seed, amount)
    ratio = 1.0
    if not variant.torch:
        base = task_of(Variant("base", "base", base=PAIR), data, run, seed, amount)
        ratio = _kept_ratio(run, task, base)
        config = replace(task.config, bytes_budget=int(amount / ratio))
        task = replace(task, config=config)
    trainer = Trainer(run, task, _core(variant))
    if not variant.start:  # all heads begin at zero, which says nothing: 8 bits a byte
        trainer.progress.before = {one.name: 8 * one.bytes_per_character for one in task.valid}
    progress = trainer.run()
    bits = {name: progress.history[-1][f"{name} bits_per_char"] for name in VALID}
    return {
        "question": variant.question,
        "name": variant.name,
        "seed": seed,
        "parameters": sum(tensor.size for tensor in trainer.core.tensors().values()),
        "cost_a_byte": ratio,
        "steps": progress.step,
        "characters": round(progress.bytes_seen / _bytes_a_character(task)),
        "processor_seconds": round(progress.processor_seconds, 1),
        **{name.removesuffix(".valid"): round(value, 4) for name, value in bits.items()},
        "mean": round(sum(bits.values()) / len(bits), 4),
    }


def _kept_ratio(run: Path, task: Task, base: Task) -> float:
    """Return the cost; a run that goes on keeps that of its beginning."""
    kept = run / "cost.json"
    if kept.exists():
        return float(json.loads(kept.read_text()))
    ratio = cost_ratio(task, base)
    run.mkdir(parents=True, exist_ok=True)
    kept.write_text(json.dumps(ratio))
    return ratio


def _core(variant: Variant) -> OpenCore:
    if not variant.torch:
        return CoreOptions(threads=1).open
    from benchmarks.study.pairs.torch_variants import open_study_core

    return open_study_core(variant.torch)


def _bytes_a_character(task: Task) -> float:
    shares = np.array([task.config.shares[one.name] for one in task.train])
    each = np.array([one.bytes_per_character for one in task.train if isinstance(one, Corpus)])
    return float((shares * each).sum() / shares.sum())


def main() -> None:
    """Train one variant, print its row and write it to `row.json`; keep no checkpoint."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.study.pairs.run")
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--name", choices=[one.name for one in VARIANTS], required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bytes", type=int, required=True, help="that the base reads")
    args = parser.parse_args()
    variant = next(one for one in VARIANTS if one.name == args.name)
    row = row_of(variant, args.data, args.out, args.seed, args.bytes)
    text = json.dumps(row, ensure_ascii=False)
    print(text)
    for path in (*args.out.glob("checkpoint*"), *args.out.glob("curve.png")):
        path.unlink()
    (args.out / "row.json").write_text(text, "utf-8")


if __name__ == "__main__":
    main()
