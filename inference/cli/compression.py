"""The commands `compress` and `decompress`."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from inference.compression.files import STANDARD, open_sink, open_source
from inference.compression.memory import Memory
from inference.compression.stream import Progress, Totals, compress, decompress
from inference.compression.text import Readable
from inference.errors import CompressionError

if TYPE_CHECKING:
    from inference.engine import Engine

OpenEngine = Callable[[argparse.Namespace], AbstractContextManager["Engine"]]
DrawBar = Callable[[int, int], None]


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add what both commands take."""
    parser.add_argument("source", metavar="IN", help="the file to read; - is stdin")
    parser.add_argument("sink", metavar="OUT", help="the file to write; - is stdout")
    parser.add_argument("--force", action="store_true", help="replace OUT when it is there")
    add_memory_option(parser)


def add_memory_option(parser: argparse.ArgumentParser) -> None:
    """Add what all commands take that mix."""
    parser.add_argument(
        "--memory",
        metavar="FILE",
        type=Path,
        help="counts of a training text to mix in, too, as `memory build` makes them",
    )


def open_memory(args: argparse.Namespace) -> Memory | None:
    """Return the memory that the arguments name.

    Raises:
        CompressionError: it cannot be read, is no memory, or is damaged.
    """
    return None if args.memory is None else Memory(args.memory)


def add_compress_options(parser: argparse.ArgumentParser) -> None:
    """Add what only `compress` takes."""
    add_options(parser)
    parser.add_argument(
        "--mode",
        choices=("alone", "mixed"),
        default="mixed",
        help="mixed learns from the text as it goes; alone is the model's own probabilities",
    )
    parser.add_argument(
        "--block",
        type=int,
        metavar="BYTES",
        help="code blocks of this size alone, for --threads, which costs space (default: one text)",
    )


def run_compress(args: argparse.Namespace, open_engine: OpenEngine, draw_bar: DrawBar) -> None:
    """Compress IN to OUT.

    Raises:
        EngineError: it could not be done; OUT is as it was before.
    """
    if args.sink == STANDARD and sys.stdout.isatty() and not args.force:
        raise CompressionError("stdout is a terminal; name a file, or say --force")

    memory = open_memory(args)

    def work(engine: Engine, source: Readable, sink: BinaryIO, progress: Progress) -> Totals:
        return compress(
            *(engine, source, sink),
            mode=args.mode,
            memory=memory,
            block=args.block,
            threads=args.threads,
            progress=progress,
        )

    _run(args, open_engine, draw_bar, work)


def run_decompress(args: argparse.Namespace, open_engine: OpenEngine, draw_bar: DrawBar) -> None:
    """Decompress IN to OUT.

    Raises:
        EngineError: it could not be done; OUT is as it was before.
    """
    memory = open_memory(args)

    def work(engine: Engine, source: Readable, sink: BinaryIO, progress: Progress) -> Totals:
        return decompress(
            *(engine, source, sink), memory=memory, threads=args.threads, progress=progress
        )

    _run(args, open_engine, draw_bar, work)


def _run(
    args: argparse.Namespace,
    open_engine: OpenEngine,
    draw_bar: DrawBar,
    work: Callable[[Engine, Readable, BinaryIO, Progress], Totals],
) -> None:
    with (
        ended_by_signals(),
        open_source(args.source) as (source, size),
        open_sink(args.sink, replace=args.force) as sink,
        open_engine(args) as engine,
        _bar(size, draw_bar) as progress,
    ):
        totals = work(engine, source, sink, progress)
    if sys.stderr.isatty():
        share = totals.compressed / max(1, totals.original)
        print(
            f"{totals.original} bytes, compressed {totals.compressed} ({share:.1%})",
            file=sys.stderr,
        )


@contextmanager
def _bar(size: int | None, draw_bar: DrawBar) -> Iterator[Progress]:
    """Draw how far it has come, on a terminal and where the size is known."""
    if size is None or not sys.stderr.isatty():
        yield lambda _count: None
        return
    done, lock = 0, threading.Lock()

    def progress(count: int) -> None:
        nonlocal done
        with lock:
            done += count
            draw_bar(done, size)

    try:
        yield progress
    finally:
        print("\r\x1b[K", end="", file=sys.stderr, flush=True)


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let a polite signal end the command as Ctrl-C does, so that no half file is left."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _frame: object) -> None:
        raise SystemExit(128 + number)

    names = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    before = {name: signal.signal(name, end) for name in names}
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
