"""Build a library, look into it, and ask it: what `xinglin library` starts.

Exit status: 0 done, 1 nothing found, 2 could not be done.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from knowledge.library.build import build
from knowledge.library.errors import LibraryError
from knowledge.library.library import Library
from knowledge.library.quoting import quote

_MOST_LEFT_OUT = 20
_NAMES = {"taste": "味", "nature": "性", "toxicity": "毒", "channels": "归经"}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    options = _parser().parse_args(arguments)
    run: Callable[[argparse.Namespace], int] = options.run
    try:
        found = run(options)
        sys.stdout.flush()
    except LibraryError as error:
        sys.stderr.write(f"xinglin: {error}\n")
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader went away; keep the interpreter from saying so at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return found


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="xinglin library", description="Build a library of books, and ask it."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    made = commands.add_parser("build", help="make a library of books (docs/library.md)")
    made.add_argument("out", type=Path, metavar="OUT", help="file to write; replaced as a whole")
    made.add_argument(
        "files", type=Path, nargs="+", metavar="FILE", help=".txt or .md, also .xz; or a folder"
    )
    made.set_defaults(run=_build)
    info = commands.add_parser("info", help="say what a library holds")
    info.add_argument("file", type=Path, metavar="FILE")
    info.add_argument("--check", action="store_true", help="read all of it, and find damage")
    info.set_defaults(run=_info)
    find = commands.add_parser("find", help="print the passages that answer a question")
    find.add_argument("file", type=Path, metavar="FILE")
    find.add_argument("words", nargs="+", metavar="WORD", help="a question, or words")
    find.add_argument("--limit", type=_number, default=3, help="passages at most (%(default)s)")
    find.add_argument(
        "--also", action="append", default=[], metavar="WORD", help="an older word for it"
    )
    way = find.add_mutually_exclusive_group()
    way.add_argument("--oldest", action="store_true", help="the oldest place of a saying")
    way.add_argument("--facts", action="store_true", help="what books say of a medicine")
    find.set_defaults(run=_find)
    return parser


def _number(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 100:
        raise argparse.ArgumentTypeError("from 1 to 100")
    return number


def _build(options: argparse.Namespace) -> int:
    signal.signal(signal.SIGTERM, _end)
    report = build(options.out, options.files)
    for line in report.left_out[:_MOST_LEFT_OUT]:
        sys.stderr.write(f"left out: {line}\n")
    if len(report.left_out) > _MOST_LEFT_OUT:
        sys.stderr.write(f"left out: {len(report.left_out) - _MOST_LEFT_OUT} more\n")
    _say(
        f"{options.out}: {report.books:,} books, {report.characters:,} characters,"
        f" {report.passages:,} passages under {report.headings:,} headings, {report.facts:,} facts;"
        f" {report.size / 1e6:.1f} MB in {report.seconds:.0f} s"
    )
    return 0


def _end(number: int, frame: object) -> None:
    del frame
    raise SystemExit(128 + number)  # so that what is half written is removed


def _info(options: argparse.Namespace) -> int:
    with Library(options.file) as library:
        if options.check:
            library.check()
        for name, number in sorted(library.counts.items()):
            _say(f"{name:<12}{number:>12,}")
        _say(f"{'bytes':<12}{options.file.stat().st_size:>12,}")
        if options.check:
            _say("whole")
    return 0


def _find(options: argparse.Namespace) -> int:
    text = " ".join(options.words)
    with Library(options.file) as library:
        if options.facts:
            lines = [
                f"{_NAMES[fact.relation]} {fact.value}  {quote(fact.passage)}"
                for fact in library.facts(*options.words, *options.also)
            ]
        elif options.oldest:
            found = library.oldest(text)
            lines = [quote(found)] if found else []
        else:
            began = time.perf_counter()
            passages = library.find(text, options.limit, options.also)
            milliseconds = 1000 * (time.perf_counter() - began)
            lines = [
                f"{one.score:5.1f}  {one.chapter}·{one.section}\n{quote(one)}" for one in passages
            ]
            sys.stderr.write(f"{milliseconds:.1f} ms\n")
    for line in lines:
        _say(line)
    if not lines:
        sys.stderr.write("nothing found\n")
    return 0 if lines else 1


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
