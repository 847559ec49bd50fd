"""The commands of `python -m training`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from inference.errors import EngineError
from training.commands import evaluate, export, finetune, pretrain
from training.errors import TrainingError


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--bytes", type=int, default=0, help="stop after this many bytes")
    parser.add_argument("--minutes", type=float, default=0.0, help="stop after this time")
    parser.add_argument("--batch-bytes", type=int, default=4096, help="bytes a step")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0: all")
    parser.add_argument("--no-compile", action="store_true", help="skip torch.compile")
    parser.add_argument("--valid-every", type=float, default=240.0, help="seconds between saves")


def _add_pretrain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    _add_run(parser)
    parser.add_argument("--codec", default="gb18030", choices=["utf-8", "gb18030", "utf-16-le"])
    for name, default in (("width", 192), ("layers", 7), ("heads", 4), ("context", 512)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.set_defaults(command=pretrain)


def _add_finetune(parser: argparse.ArgumentParser) -> None:
    base = parser.add_mutually_exclusive_group(required=True)
    base.add_argument("--model", type=Path, help="folder of an exported model to start from")
    base.add_argument("--run", type=Path, help="folder of a training run to start from")
    parser.add_argument(
        "--data", type=Path, required=True, help="folder of the corpora, or one .txt or .jsonl"
    )
    parser.add_argument("--replay", type=Path, help="with one file: corpora to keep 20 %% of")
    parser.add_argument("--muon-lr", type=float, default=0.01)
    parser.add_argument("--adam-lr", type=float, default=1.5e-3)
    _add_run(parser)
    parser.set_defaults(command=finetune)


def _add_export(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--run", type=Path, required=True, help="folder of the run")
    parser.add_argument("--out", type=Path, required=True, help="folder of the model, models/NAME")
    parser.add_argument("--name", default="", help="default: the name of --out")
    parser.add_argument("--version", default="0.1.0")
    parser.add_argument("--licence", default="Apache-2.0")
    parser.add_argument("--machine", default="", help="what it was trained on, for the model card")
    parser.add_argument("--scores", type=Path, help="JSON of evaluate, for the model card")
    parser.set_defaults(command=export)


def _add_evaluate(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, help="folder of the model")
    parser.add_argument("--data", type=Path, required=True, help="folder of the valid corpora")
    parser.add_argument("--backend", action="append", choices=["cpu", "cuda", "reference"])
    parser.add_argument("--limit-characters", type=int, default=0, help="of each text; 0: all")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--prompts", type=Path, help="one question a line; default: the built-in")
    parser.add_argument("--no-samples", action="store_true", help="measure only")
    parser.add_argument("--out", type=Path, help="file for the JSON; with --all the folder of all")
    parser.add_argument("--all", action="store_true", help="every measure, written to --out")
    parser.add_argument("--pages", action="store_true", help="rewrite the pages in --out; no model")
    parser.add_argument("--seed", type=int, default=1, help="of the replies and drawn questions")
    parser.add_argument("--top-e", type=float, default=1.0, help="of the replies")
    parser.add_argument("--temperature", type=float, default=0.7, help="of the replies")
    parser.add_argument("--replies", type=int, default=200, help="counted with --all")
    parser.add_argument(
        "--reference-characters",
        type=int,
        default=4000,
        help="of each text, to measure what int8 loses; 0: skip",
    )
    parser.set_defaults(command=evaluate)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(prog="python -m training")
    commands = parser.add_subparsers(required=True)
    _add_pretrain(commands.add_parser("pretrain", help="train a new model on the corpora"))
    _add_finetune(commands.add_parser("finetune", help="teach a model to answer"))
    _add_export(commands.add_parser("export", help="make models/NAME of a run"))
    _add_evaluate(commands.add_parser("evaluate", help="measure a model and show replies"))
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 2 for what can be mended, 130 for Ctrl-C."""
    args = build_parser().parse_args(argv)
    try:
        args.command(args)
    except (TrainingError, EngineError, OSError) as error:
        print(f"training: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("training: stopped; the same command goes on from here", file=sys.stderr)
        return 130
    return 0
