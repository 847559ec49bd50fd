"""The commands of `python -m training`."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from training.data import Corpus, load_corpus
from training.trainer import TrainConfig, Trainer, load_checkpoint
from training.wygpt import WygptShape

PRETRAIN_SHARES = {"classics.train": 0.70, "dialogue.train": 0.20, "general-zh.train": 0.10}
FINETUNE_SHARES = {"classics.train": 0.15, "dialogue.train": 0.80, "general-zh.train": 0.05}
VALID = ("classics.valid.txt", "dialogue.valid.jsonl")


def _corpora(folder: Path, names: list[str], codec: str, cache: Path) -> list[Corpus]:
    return [load_corpus(folder / name, codec, cache) for name in names]


def _train_files(shares: dict[str, float]) -> list[str]:
    return [f"{name}.jsonl" if "dialogue" in name else f"{name}.txt" for name in shares]


def _add_common(parser: argparse.ArgumentParser, *, minutes: float) -> None:
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--bytes", type=int, default=0, help="stop after this many bytes")
    parser.add_argument("--minutes", type=float, default=minutes, help="stop after this time")
    parser.add_argument("--batch-bytes", type=int, default=4096)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0: all")
    parser.add_argument("--no-compile", action="store_true", help="skip torch.compile")


def _pretrain(args: argparse.Namespace) -> int:
    shape = WygptShape(args.width, args.layers, args.heads, args.context)
    config = TrainConfig(
        codec=args.codec,
        bytes_budget=args.bytes,
        minutes=args.minutes,
        batch_bytes=args.batch_bytes,
        seed=args.seed,
        compile=not args.no_compile,
        shares=PRETRAIN_SHARES,
    )
    return _run(args, shape, config, None)


def _run(args: argparse.Namespace, shape: WygptShape, config: TrainConfig, initial: object) -> int:
    if args.threads:
        torch.set_num_threads(args.threads)
    cache = args.out.parent / "cache"
    train = _corpora(args.data, _train_files(config.shares), config.codec, cache)
    valid = _corpora(args.data, list(VALID), config.codec, cache)
    print(f"{shape.parameters:,} parameters on {args.device}", flush=True)
    trainer = Trainer(args.out, shape, config, train, valid, args.device, initial)  # type: ignore[arg-type]
    trainer.run()
    return 0


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training")
    commands = parser.add_subparsers(dest="command", required=True)
    pretrain = commands.add_parser("pretrain", help="train a new model on the corpora")
    _add_common(pretrain, minutes=0)
    pretrain.add_argument("--codec", default="gb18030", choices=["utf-8", "gb18030", "utf-16-le"])
    for name, default in (("width", 192), ("layers", 7), ("heads", 4), ("context", 512)):
        pretrain.add_argument(f"--{name}", type=int, default=default)
    pretrain.set_defaults(run=_pretrain)
    args = parser.parse_args(argv)
    result: int = args.run(args)
    return result
