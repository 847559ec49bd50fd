"""`xinglin ask`: what an account finds for a question, printed step by step; no service needed."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from knowledge.answer import Answer
from knowledge.check import Checker
from knowledge.decode import read_text
from knowledge.errors import KnowledgeError
from knowledge.find import Finder
from knowledge.index import Index
from knowledge.library import Library, LibraryError
from knowledge.reading import read_folder as read_knowledge
from knowledge.trial import read_trials, run_trials
from workers.check_notes import notes_warnings
from workers.drafting import Drafter
from workers.informing import Asking, Informer, Told
from workers.knowledge_holder import Known, cache_folder, compile_account, poison_names
from workers.model_holder import ModelHolder, open_engine
from xinglin.account import find_folder, read_folder
from xinglin.normal import normal_form
from xinglin.settings import Settings
from xinglin.store import Turn
from xinglin.store.records import Claim

__all__ = [
    "KnowledgeError",
    "ask",
    "ask_file",
    "describe",
    "library_of",
    "look_at_library",
    "look_for_warnings",
    "look_over",
]
_WIDTH = 60
_PERSON = {
    "no": "not called (on_unanswered)",
    "offer": "offered by a link, in the hours of duty",
    "start": "called, in the hours of duty",
}
_LINK = re.compile("<a [^>]*>(.*?)</a>")


def ask(settings: Settings, questions: Iterable[str], say: Callable[[str], object]) -> int:
    """Print how each question is answered, the later ones as turns of one conversation.

    A question "" is not answered: the conversation begins anew there.

    Returns:
        0; 1 where the last one found nothing.

    Raises:
        SettingsError: there is no such account.
        KnowledgeError: the account's knowledge cannot be used.
        ModelLoadError: the model cannot be served.
    """
    finder, folder = open_finder(settings), find_folder(settings.account)
    name = library_of(settings)
    library = Library(Path(name), poison_names()) if name else None
    known = Known(finder, Checker(finder.index), library)
    informer = Informer(Drafter(settings, None), None)
    holder = ModelHolder(open_engine(settings, settings.model, announced=False), settings.model, 0)
    account, history, told = read_folder(folder), list[Turn](), None
    try:
        for number, question in enumerate(questions):
            if not question:
                history.clear()
                continue
            claim = Claim("ask", "", str(number), "", normal_form(question) or question, 1)
            with holder.use() as served:
                began, texts = time.monotonic(), account.texts
                asking = Asking(served, known, claim, history, began, texts, account.medical)
                told = informer.tell(asking)
            for line in describe(question, told):
                say(line)
            if told.by == "nothing" and account.handover is not None:
                say(f"person     {_PERSON[account.handover.on_unanswered]}")
            about = told.marks.written() if told.marks is not None else ""
            history.append(Turn(question, told.text, float(number), about))
    finally:
        holder.close()
    return 0 if told is not None and told.by != "nothing" else 1


def library_of(settings: Settings) -> str:
    """Return the library file that the account names, or else the setting; "" for none.

    Raises:
        SettingsError: there is no such account.
        AccountError: its texts cannot be used.
    """
    return read_folder(find_folder(settings.account)).library or settings.library


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


def describe(question: str, told: Told) -> list[str]:
    """Return the steps from a question to its reply, a line each."""
    lines = [f"question   {question}"]
    if told.answer is not None:
        lines += _found(question, told.answer)
    for one in (draft for made in told.rounds for draft in made.drafts):
        lines.append(f"draft      {_short(one.done.text)}  [{one.fault or 'passes'}]")
        reasons = one.verdict.reasons if one.verdict is not None else ()
        lines += [f"             {reason.fault}: {_short(reason.words)}" for reason in reasons]
    lines.append(f"told by    {told.by}, {told.wording}")
    reply = _LINK.sub(r"[\1]", told.shown or told.text) or "(what was found may not be shown)"
    lines.append(f"reply      {reply}")
    return lines


def _found(question: str, answered: Answer) -> list[str]:
    found = answered.found
    lines = [f"seen as    {found.question}"] if found.question != question else []
    if found.names:
        lines.append(f"names      {'、'.join(found.names)}")
    if found.lacking:
        lines.append(f"lacking    {'、'.join(found.lacking)}")
    lines.append(f"found      {found.kind}, band {found.band}, certainty {found.certainty:+.2f}")
    lines.extend(
        f"  {one.score:.3f}  {one.topic}  {_short(one.text)}  [{one.source}]"
        for one in found.pieces
    )
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


def look_for_warnings(settings: Settings) -> list[str]:
    """Return what of the notes can be used and may not be meant.

    Raises:
        KnowledgeError: the account's knowledge cannot be used.
    """
    folder = find_folder(settings.account) / "knowledge"
    return [str(one) for one in notes_warnings(folder, read_knowledge(folder))]


def look_at_library(settings: Settings) -> str:
    """Return what the library holds, in a phrase.

    Raises:
        KnowledgeError: it cannot be used.
    """
    name = library_of(settings)
    try:
        with Library(Path(name), poison_names()) as library:
            counts = library.counts
    except LibraryError as error:
        raise KnowledgeError(str(error)) from error
    return f"{name}: {counts['books']:,} books, {counts['passages']:,} passages"
