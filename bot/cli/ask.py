"""`xinglin ask`: what the account's knowledge holds about a question."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from xinglin.account import find_folder, read_account, read_bundle
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

    Where a keyword rule of the account answers, it is named, and nothing else is asked.
    Several questions are turns of one conversation. With --file, the share that is answered as
    expected and the list of those that are not.
    """
    if bool(questions) == (file is not None):
        raise click.UsageError("give questions, or --file with a list of them")
    settings = Settings.from_env()
    if account is not None:
        settings = replace(settings, account=str(account))
    if file is None:
        questions = _after_rules(find_folder(settings.account), questions, settings)
        if not questions:
            return 0
    asker = import_module(_ASK)
    try:
        if file is not None:
            return int(asker.ask_file(settings, file, click.echo))
        return int(asker.ask(settings, questions, click.echo))
    except asker.KnowledgeError as error:
        raise click.ClickException(str(error)) from error


def _after_rules(folder: Path, questions: tuple[str, ...], settings: Settings) -> tuple[str, ...]:
    """Print what the account's rules answer; returns what the notes are asked."""
    if not (folder / "account.toml").is_file():
        return questions
    account = read_account(read_bundle(folder), str(folder))
    now = datetime.now(ZoneInfo(settings.timezone))
    left = []
    for question in questions:
        answered = account.rule_for(question, now)
        if answered is None:
            left.append(question)
            continue
        rule, why = answered
        click.echo(f"question   {question}")
        click.echo(f"rule       {rule.label}, {why}")
        if rule.ask:
            left.append(rule.ask)
        else:
            click.echo(f"reply      {rule.media or rule.text('')}")
    return tuple(left)
