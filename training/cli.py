"""The commands of `python -m training`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from inference.automaton import CODECS
from inference.errors import EngineError
from training.commands import (
    evaluate,
    export,
    export_to_wygpt,
    finetune,
    import_from_wygpt,
    mistakes,
    pretrain,
    read,
)
from training.errors import TrainingError
from training.pretraining import RECIPES


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--bytes", type=_amount, default=0, help="stop after so many, 200M say")
    parser.add_argument("--minutes", type=float, default=0.0, help="stop after this time")
    parser.add_argument(
        "--cpu-seconds",
        type=float,
        default=0.0,
        help="stop after this processor time, all threads together; the rates fall to its end",
    )
    parser.add_argument("--batch-bytes", type=int, help="bytes a step of the optimizer")
    parser.add_argument(
        "--curriculum",
        type=_curriculum,
        help="AMOUNT:LENGTH,...: steps a window in each stage of the run; an amount is a share of "
        "it, or bytes (20M)",
    )
    parser.add_argument(
        "--sliding", type=float, help="share of the last stage's windows with a shorter reach"
    )
    parser.add_argument("--muon-lr", type=float, help="peak rate of the matrices")
    parser.add_argument("--adam-lr", type=float, help="peak rate of heads and tables")
    parser.add_argument(
        "--decay-share",
        type=float,
        help="last share of the run in which the rates fall to zero; with 0 it needs no end",
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--valid-every", type=float, default=240.0, help="seconds between saves")
    _add_core(parser)


def _add_core(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0: all")
    parser.add_argument(
        "--core", choices=["native", "torch"], default="native", help="who computes the steps"
    )
    parser.add_argument(
        "--device", choices=["cpu", "cuda"], default="cpu", help="cuda: with PyTorch"
    )
    parser.add_argument(
        "--precision",
        choices=["fast", "float32"],
        default="fast",
        help="of our own kernels; fast: bfloat16 products where the processor has them",
    )
    parser.add_argument("--no-compile", action="store_true", help="PyTorch: no torch.compile")
    parser.add_argument(
        "--fused",
        action=argparse.BooleanOptionalAction,
        help="PyTorch: kernels of our own on a GPU; default: where they can run",
    )


def _amount(text: str) -> int:
    """Return a number of bytes: 4096, 20k, 1.5M, 2G."""
    unit = {"k": 1e3, "M": 1e6, "G": 1e9}.get(text[-1:], 0)
    return int(float(text[:-1]) * unit) if unit else int(text)


def _share_or_amount(text: str) -> float:
    return float(_amount(text)) if text[-1:] in "kMG" else float(text)


def _whole_numbers(text: str) -> tuple[int, ...]:
    found = tuple(int(part) for part in text.split(","))
    return () if found == (0,) else found


def _mix(text: str) -> dict[str, float]:
    parts = (part.split("=") for part in text.split(","))
    return {name: float(share) for name, share in parts}


def _curriculum(text: str) -> tuple[tuple[float, int], ...]:
    stages = [part.split(":") for part in text.split(",")]
    return tuple((_share_or_amount(amount), int(length)) for amount, length in stages)


def _add_pretrain(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    _add_run(parser)
    parser.add_argument(
        "--decay",
        type=Path,
        metavar="RUN",
        help="begin with the checkpoint of another run, of its sizes, and let the rates fall to "
        "zero within --bytes, --minutes or --cpu-seconds",
    )
    parser.add_argument(
        "--mix",
        type=_mix,
        help="NAME=SHARE,...: the corpora to learn from; default: 70 %% classics, 20 %% dialogues, "
        "10 %% general Chinese",
    )
    parser.add_argument("--family", choices=list(RECIPES), default="wygpt-pair")
    parser.add_argument("--codec", choices=list(CODECS), help="default: the family's")
    for name in ("width", "layers", "heads", "context"):
        parser.add_argument(f"--{name}", type=int, help="default: the family's")
    parser.add_argument(
        "--orders", "--ngram-orders", type=_whole_numbers, help="of the tables; 0: no tables"
    )
    parser.add_argument(
        "--rows", "--ngram-rows", type=_whole_numbers, help="of each table, one number or as many"
    )
    parser.add_argument(
        "--mixing",
        action=argparse.BooleanOptionalAction,
        help="mix keys and values with those of the step before; default: in wygpt-pair",
    )
    parser.set_defaults(command=pretrain)


def _add_finetune(parser: argparse.ArgumentParser) -> None:
    base = parser.add_mutually_exclusive_group(required=True)
    base.add_argument("--model", type=Path, help="folder of a model to start from")
    base.add_argument("--run", type=Path, help="folder of a training run to start from")
    parser.add_argument(
        "--data", type=Path, required=True, help="your .txt or .jsonl, or the folder of the corpora"
    )
    parser.add_argument("--replay", type=Path, help="corpora to reread, instead of its own text")
    parser.add_argument("--work", type=Path, help="folder of the run; default: runs/NAME of --out")
    parser.add_argument("--licence", default="LicenseRef-personal", help="of the new model")
    parser.add_argument(
        "--knowledge",
        type=Path,
        help="folder of an account's notes and tables: teach it to answer from evidence",
    )
    parser.add_argument(
        "--refusals",
        type=float,
        default=0.05,
        help="with --knowledge: share of the questions that their evidence does not answer",
    )
    parser.add_argument(
        "--mistakes", type=Path, help="with --knowledge: file of `mistakes`, to learn from"
    )
    parser.add_argument("--reread", type=float, default=0.2, help="share of the pretraining text")
    parser.add_argument(
        "--keep",
        type=float,
        help="share of the old weights in the new model; default: 0, and 0.35 for a file",
    )
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
    parser.add_argument(
        "--unsure-bits",
        type=float,
        default=0.0,
        help="a service shows no reply of more surprise a character; 0: shows all",
    )
    parser.add_argument("--average", type=Path, help="another run, to average the weights with")
    parser.add_argument("--share", type=float, default=0.5, help="of the other run in the average")
    parser.add_argument("--float32", action="store_true", help="weights unrounded, twice the size")
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
    parser.add_argument("--seed", type=int, default=1, help="of the drafts")
    parser.add_argument("--top-e", type=float, default=1.0, help="of the replies")
    parser.add_argument("--temperature", type=float, default=0.7, help="of the replies")
    parser.add_argument("--drafts", type=int, default=3, help="of each reply")
    parser.add_argument(
        "--account",
        default="tcm",
        help="whose service is asked: a name under accounts/, or a folder",
    )
    parser.add_argument(
        "--questions", type=Path, help="folder of the account's lists; default: those of tcm"
    )
    parser.add_argument(
        "--books",
        type=Path,
        nargs="+",
        default=[],
        help="files or folders that a library is built from, to measure quotations",
    )
    parser.add_argument(
        "--reference-characters",
        type=int,
        default=4000,
        help="of each text, to measure what int8 loses; 0: skip",
    )
    parser.set_defaults(command=evaluate)


def _add_read(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, help="folder of the model")
    parser.add_argument("--data", type=Path, help="folder of the corpora: asks what is held out")
    parser.add_argument("--knowledge", type=Path, required=True, help="folder of an account's")
    parser.add_argument(
        "--questions", type=Path, help="an owner's list, asked as the service asks: one a line"
    )
    parser.add_argument("--out", type=Path, help="file for the JSON with samples")
    parser.add_argument("--count", type=int, default=200, help="questions of each kind")
    parser.add_argument("--samples", type=int, default=50, help="of each kind, kept to be read")
    parser.add_argument("--threads", type=int, default=1)
    _add_drafts(parser)
    parser.set_defaults(command=read)


def _add_drafts(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--drafts", type=int, default=3)
    parser.add_argument("--top-e", type=float, default=1.0, help="of all drafts but the first")
    parser.add_argument("--temperature", type=float, default=0.7)


def _add_mistakes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, help="folder of the reader")
    parser.add_argument("--data", type=Path, required=True, help="folder of the corpora")
    parser.add_argument("--knowledge", type=Path, required=True, help="folder of an account's")
    parser.add_argument("--out", type=Path, required=True, help="file for the mistakes")
    parser.add_argument("--count", type=int, default=1000, help="questions of each kind")
    _add_drafts(parser)
    parser.set_defaults(command=mistakes)


def _add_import_wygpt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="MODEL", type=Path, help="model file that wyGPT wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder of the model, models/NAME")
    for name in ("context", "width", "depth", "heads"):
        parser.add_argument(f"--{name}", type=int, help="refuse a file that says otherwise")
    parser.add_argument(
        "--codec",
        default="utf-16-le",
        choices=list(CODECS),
        help="of its training text, which the file does not say; default: utf-16-le",
    )
    parser.add_argument("--name", default="", help="default: the name of --out")
    parser.add_argument("--version", default="imported")
    parser.add_argument("--licence", default="NOASSERTION", help="SPDX name; default: not stated")
    parser.set_defaults(command=import_from_wygpt)


def _add_export_wygpt(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", type=Path, required=True, help="folder of the model")
    parser.add_argument("--out", type=Path, required=True, help="file to write")
    parser.set_defaults(command=export_to_wygpt)


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands."""
    parser = argparse.ArgumentParser(prog="python -m training")
    commands = parser.add_subparsers(required=True)
    _add_pretrain(commands.add_parser("pretrain", help="train a new model on the corpora"))
    _add_finetune(commands.add_parser("finetune", help="teach a model to answer"))
    _add_export(commands.add_parser("export", help="make models/NAME of a run"))
    _add_evaluate(commands.add_parser("evaluate", help="measure a model and show replies"))
    _add_read(commands.add_parser("read", help="measure how a model answers from evidence"))
    _add_mistakes(commands.add_parser("mistakes", help="find what a reader still says wrongly"))
    _add_import_wygpt(commands.add_parser("import-wygpt", help="make models/NAME of wyGPT's file"))
    _add_export_wygpt(commands.add_parser("export-wygpt", help="write a model as wyGPT's file"))
    return parser


def main(argv: list[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, 2 for what can be mended, 130 for Ctrl-C."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # a path may hold any bytes
    args = build_parser().parse_args(argv)
    # In the background of a shell Ctrl-C is ignored; `kill` stops a run and it saves just as well.
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        args.command(args)
    except (TrainingError, EngineError, OSError) as error:
        print(f"training: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("training: stopped; the same command goes on from here", file=sys.stderr)
        return 130
    return 0
