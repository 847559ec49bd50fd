"""`xinglin ask`: what the account's knowledge holds about a question."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from itertools import chain
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from bot.cli.chat import readable
from bot.handlers.preview import Preview
from xinglin.account import find_folder, read_folder
from xinglin.blocklist import BlockList
from xinglin.settings import Settings

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

    What the web side answers itself comes first, with its reply: a command, a danger sign, a
    blocked word, a keyword rule. The follower is one who has agreed where XINGLIN_CONSENT asks.
    Several questions are turns of one conversation. With --file, the share that is answered as
    expected and the list of those that are not.
    """
    if bool(questions) == (file is not None):
        raise click.UsageError("give questions, or --file with a list of them")
    settings = Settings.from_env()
    if account is not None:
        settings = replace(settings, account=str(account))
    if file is None:
        left = _after_the_web_side(find_folder(settings.account), questions, settings)
        first = next((question for question in left if question), None)
        if first is None:
            return 0
        # What is left is asked one by one, so that the lines keep the order of the questions.
        asked = chain([first], left)
    asker = import_module(_ASK)
    try:
        if file is not None:
            return int(asker.ask_file(settings, file, click.echo))
        return int(asker.ask(settings, asked, click.echo))
    except asker.KnowledgeError as error:
        raise click.ClickException(str(error)) from error


def _after_the_web_side(
    folder: Path, questions: tuple[str, ...], settings: Settings
) -> Iterator[str]:
    """Print what the web side answers itself; yields what the notes are asked.

    "" stands where a command began the conversation anew.
    """
    words = BlockList(settings.blocked_words)
    preview = Preview(
        read_folder(folder),
        words,
        settings.consent,
        can_send=settings.can_send,
        desk=bool(settings.admin_token),
    )
    for question in questions:
        found = preview.look(question, datetime.now(ZoneInfo(settings.timezone)))
        if found is None:
            yield question
            continue
        click.echo(f"question   {question}")
        click.echo(f"{found.step:<10} {found.name}".rstrip())
        if found.ask:
            yield found.ask
            continue
        click.echo(f"reply      {readable(found.reply) or '(nothing)'}")
        if found.forgets:
            yield ""
