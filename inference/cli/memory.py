"""The command `memory build`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from inference.cli.compression import ended_by_signals
from inference.compression.files import open_sink
from inference.compression.format import CODECS
from inference.compression.memory_build import build_memory

FindCodec = Callable[[argparse.Namespace], str]


def register(
    commands: argparse._SubParsersAction[argparse.ArgumentParser], find_codec: FindCodec
) -> None:
    """Add the command.

    Args:
        commands: those of `python -m inference`.
        find_codec: says what the model reads that the arguments name.
    """
    text = "count texts, for compress, decompress and score --mixed"
    parser = commands.add_parser("memory", help=text, description=text[0].upper() + text[1:] + ".")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    build = actions.add_parser("build", help="count which characters follow which in texts")
    build.add_argument(
        "files", metavar="FILE", type=Path, nargs="+", help="a text in UTF-8; .xz is unpacked"
    )
    build.add_argument("--out", required=True, metavar="FILE", help="the memory to write")
    build.add_argument("--force", action="store_true", help="replace it when it is there")
    build.add_argument("--codec", choices=tuple(CODECS), help="default: that of the model")
    build.add_argument(
        "--model", help="a name under models/, or a folder (default: $XINGLIN_MODEL, else tcm)"
    )
    build.set_defaults(run=lambda args: _build(args, find_codec))


def _build(args: argparse.Namespace, find_codec: FindCodec) -> None:
    codec = args.codec or find_codec(args)
    with ended_by_signals(), open_sink(args.out, replace=args.force) as sink:
        count = build_memory(args.files, sink, codec, _say)
    _say(f"{count:,} characters in {codec}")


def _say(step: str) -> None:
    if sys.stderr.isatty():
        print(step, file=sys.stderr, flush=True)
