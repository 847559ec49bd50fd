"""`xinglin ask`: what an account finds for a question, printed step by step; no service needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from knowledge.answer import Answer, answer
from knowledge.decode import read_text
from knowledge.errors import KnowledgeError
from knowledge.find import Finder
from knowledge.index import Index
from knowledge.library import Library, LibraryError
from knowledge.trial import read_trials, run_trials
from workers.knowledge_holder import cache_folder, compile_account, poison_names
from xinglin.account import find_folder
from xinglin.settings import Settings

__all__ = ["KnowledgeError", "ask", "ask_file", "describe", "look_at_library", "look_over"]
_WIDTH = 60


def ask(settings: Settings, questions: Sequence[str], say: Callable[[str], object]) -> int:
    """Print what is found for each question, the later ones as turns of one conversation.

    Returns:
        0; 1 where the last one found nothing.

    Raises:
        KnowledgeError: the account's knowledge cannot be used.
    """
    finder = open_finder(settings)
    last, told = None, set[str]()
    for question in questions:
        reply = answer(finder, question, last, told)
        for line in describe(question, reply):
            say(line)
        last = finder.subject(reply.subject) or last
        told.update(reply.told)
    return 0 if reply.text else 1


def ask_file(settings: Settings, file: Path, say: Callable[[str], object]) -> int:
    """Print the share of a list that is answered as expected, and those that are not.

    Returns:
        0 where all are right, else 1.

    Raises:
        KnowledgeError: the list or the account's knowledge cannot be used.
    """
    trials = read_trials(read_text(file, file.name), file.name)
    wrong = 0
    for trial, reply, right in run_trials(open_finder(settings), trials):
        if not right:
            wrong += 1
            wanted = "no answer" if trial.refuse else "、".join(trial.expect)
            say(f"{trial.place}: {' / '.join(trial.turns)}")
            say(f"    wanted {wanted}; got ({reply.found.band}) {_short(reply.text) or 'nothing'}")
    right_count = len(trials) - wrong
    say(f"right: {right_count} of {len(trials)} ({100 * right_count / len(trials):.1f} %)")
    return 1 if wrong else 0


def describe(question: str, reply: Answer) -> list[str]:
    """Return the steps from a question to its reply, a line each."""
    found = reply.found
    lines = [f"question   {question}"]
    if found.question != question:
        lines.append(f"seen as    {found.question}")
    if found.names:
        lines.append(f"names      {'、'.join(found.names)}")
    if found.lacking:
        lines.append(f"lacking    {'、'.join(found.lacking)}")
    lines.append(f"found      {found.kind}, band {found.band}, certainty {found.certainty:+.2f}")
    lines.extend(
        f"  {one.score:.3f}  {one.topic}  {_short(one.text)}  [{one.source}]"
        for one in found.pieces
    )
    lines.append(f"reply      {reply.text or '(nothing on this)'}")
    return lines


def _short(text: str) -> str:
    text = text.replace("\n", " ")
    return text if len(text) <= _WIDTH else text[: _WIDTH - 1] + "…"


def open_finder(settings: Settings) -> Finder:
    """Return the finder of the settings' account, compiled where the cache has none.

    Raises:
        SettingsError: there is no such account.
        KnowledgeError: its knowledge cannot be used.
    """
    folder = find_folder(settings.account)
    return Finder(Index.open(compile_account(folder, cache_folder(settings))))


def look_over(settings: Settings) -> str:
    """Return what the account knows, in a phrase, for `xinglin check`.

    Raises:
        KnowledgeError: its knowledge cannot be used: file, line and remedy.
    """
    index = open_finder(settings).index
    rows = sum(len(table.rows) for table in index.tables)
    return f"{settings.account}: {len(index.notes):,} notes, {rows:,} rows of tables"


def look_at_library(settings: Settings) -> str:
    """Return what the library holds, in a phrase.

    Raises:
        KnowledgeError: it cannot be used.
    """
    try:
        with Library(Path(settings.library), poison_names()) as library:
            counts = library.counts
    except LibraryError as error:
        raise KnowledgeError(str(error)) from error
    return f"{settings.library}: {counts['books']:,} books, {counts['passages']:,} passages"
