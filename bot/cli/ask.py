"""`xinglin ask`: what the account's knowledge holds about a question."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path

import click

from bot.cli.access import read_settings

# Named by string, as the jobs are: the web side imports neither finder nor notes.
_ASK = "workers.ask"


@click.command()
@click.argument("questions", nargs=-1, metavar="[QUESTION]...")
@click.option(
    "--file",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE.jsonl",
    help='Questions with what is expected: {"question": "...", "expect": ["..."]} a line.',
)
@click.option(
    "--account",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="The account's folder; default: that of XINGLIN_ACCOUNT.",
)
def ask(questions: tuple[str, ...], file: Path | None, account: Path | None) -> int:
    """Show what is found for each QUESTION, with scores, and what a follower would read.

    Several questions are turns of one conversation. With --file, the share that is answered as
    expected and the list of those that are not.
    """
    if bool(questions) == (file is not None):
        raise click.UsageError("give questions, or --file with a list of them")
    asker, settings = import_module(_ASK), read_settings()
    if account is not None:
        settings = replace(settings, account=str(account))
    try:
        if file is not None:
            return int(asker.ask_file(settings, file, click.echo))
        return int(asker.ask(settings, questions, click.echo))
    except asker.KnowledgeError as error:
        raise click.ClickException(str(error)) from error
