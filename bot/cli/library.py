"""`xinglin library`: build a library of books, and ask it.

The work is done in a process of its own: the web side imports nothing of `knowledge`.
"""

from __future__ import annotations

import subprocess
import sys

import click


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
    epilog="`xinglin library build -h` explains a command; docs/library.md the rest.",
)
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="build|info|find ...")
def library(arguments: tuple[str, ...]) -> int:
    r"""Build a library of books, and ask it.

    \b
    build OUT FILE...   make a library of books
    info FILE           say what it holds
    find FILE WORD...   print the passages that answer a question
    """
    command = [sys.executable, "-m", "knowledge.library", *(arguments or ("--help",))]
    return subprocess.run(command, check=False).returncode
