"""The commands together, and how their errors end: one sentence, exit status 2."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from bot.cli.account import account, init
from bot.cli.ask import ask
from bot.cli.backup import backup, restore
from bot.cli.chat import chat
from bot.cli.check import check
from bot.cli.drain import drain
from bot.cli.env_file import load_env_file
from bot.cli.erase import erase
from bot.cli.feedback import feedback
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
    " is well, 2 could not be done. 中文说明：docs/operations.zh.md，设置：docs/configuration.zh.md"
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
    backup, restore, feedback,
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
        return _fail(both(_said(error)))
    except XinglinError as error:
        return _fail([told(error)])
    except BrokenPipeError:
        # The reader went away; keep the interpreter from saying so at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return found if isinstance(found, int) else 0


def _said(error: click.ClickException) -> str:
    """Return what an error says; click's own sentences, which are English, with Chinese beside."""
    if not isinstance(error, click.UsageError):
        return error.message
    told = error.message if isinstance(error.message, Notice) else _usage(error)
    path = f"{error.ctx.command_path} --help" if error.ctx else "xinglin --help"
    return Notice(f"{told} (see: {path})", f"{told.zh}（用法：{path}）")


def _usage(error: click.UsageError) -> Notice:
    """Return an error of the command line in both languages."""
    said = error.format_message()
    if isinstance(error, click.NoSuchOption):
        return Notice(said, f"没有 {error.option_name} 这个选项")
    if isinstance(error, click.BadParameter):
        named = error.param_hint or (error.param and error.param.get_error_hint(error.ctx)) or ""
        names = named if isinstance(named, str) else " / ".join(named)
        missing = isinstance(error, click.MissingParameter)
        return Notice(said, f"缺少 {names}" if missing else f"{names} 的值不对：{error.message}")
    return Notice(said, f"命令写得不对：{said}")


def _fail(lines: list[str]) -> int:
    click.echo("\n".join([f"xinglin: {lines[0]}", *lines[1:]]), err=True)
    return 2
