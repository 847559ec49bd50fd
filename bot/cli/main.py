"""The commands together, and how their errors end: one sentence, exit status 2."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from bot.cli.account import account, init
from bot.cli.ask import ask
from bot.cli.chat import chat
from bot.cli.check import check
from bot.cli.drain import drain
from bot.cli.env_file import load_env_file
from bot.cli.erase import erase
from bot.cli.library import library
from bot.cli.menu import menu
from bot.cli.reload import reload
from bot.cli.requeue import requeue
from bot.cli.run import run
from bot.cli.status import status
from xinglin import __version__
from xinglin.bilingual import Notice, both
from xinglin.errors import XinglinError, told

_EPILOG = (
    "Settings are the XINGLIN_* variables (docs/configuration.md). Exit status: 0 done, 1 not all"
    " is well, 2 could not be done."
)


@click.group(epilog=_EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="xinglin")
@click.option(
    "--env-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Read settings from a file of NAME=VALUE lines, as systemd and Docker do.",
)
def xinglin(env_file: Path | None) -> None:
    """Run a WeChat account's chatbot, and look after it."""
    if env_file is not None:
        os.environ.update(load_env_file(env_file))


_COMMANDS = (
    init, account, run, chat, ask, check, status, reload, drain, requeue, erase, menu, library,
)  # fmt: skip
for _command in _COMMANDS:
    xinglin.add_command(_command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        found = xinglin.main(arguments, prog_name="xinglin", standalone_mode=False)
        sys.stdout.flush()
    except click.Abort:
        return 130
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        return 2
    except click.ClickException as error:
        return _fail([*both(_said(error)), *_hint(error)])
    except XinglinError as error:
        return _fail([told(error)])
    except BrokenPipeError:
        # The reader went away; keep the interpreter from saying so at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return found if isinstance(found, int) else 0


def _said(error: click.ClickException) -> str:
    """Return what an error says: ours in two languages, click's own as click words it."""
    return error.message if isinstance(error.message, Notice) else error.format_message()


def _hint(error: click.ClickException) -> list[str]:
    context = error.ctx if isinstance(error, click.UsageError) else None
    return [f"(see: / 用法见：{context.command_path} --help)"] if context else []


def _fail(lines: list[str]) -> int:
    click.echo("\n".join([f"xinglin: {lines[0]}", *lines[1:]]), err=True)
    return 2
