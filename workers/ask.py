"""`xinglin ask`: what an account finds for a question, printed step by step; no service needed."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from knowledge.answer import Answer
from knowledge.decode import read_text
from knowledge.errors import KnowledgeError
from knowledge.find import Finder
from knowledge.index import Index
from knowledge.library import Library, LibraryError
from knowledge.reading import read_folder as read_knowledge
from knowledge.trial import Trial, Verdict, judge, read_trials
from workers.check_notes import notes_warnings
from workers.knowledge_holder import cache_folder, compile_account, poison_names
from workers.local_service import LocalConversation, LocalService, Said, WebSide
from xinglin.account import find_folder, read_folder
from xinglin.settings import Settings

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
_LINK, _BRACKETED = re.compile("<a [^>]*>(.*?)</a>"), r"[\1]"


def ask(settings: Settings, questions: Iterable[str], say: Callable[[str], object]) -> int:
    """Print how each question is answered, the later ones as turns of one conversation.

    A question "" is not answered: the conversation begins anew there.

    Returns:
        0; 1 where the last one found nothing.

    Raises:
        SettingsError: there is no such account.
        KnowledgeError: the account's knowledge or the library cannot be used.
        ModelLoadError: the model cannot be served.
    """
    said = None
    with LocalService(settings) as service:
        conversation = LocalConversation(service, name="ask")
        for question in questions:
            if not question:
                conversation.forget()
                continue
            said = conversation.say(question)
            for line in describe(question, said):
                say(line)
            handover = service.account.current.handover
            if said.by == "nothing" and handover is not None:
                say(f"person     {_PERSON[handover.on_unanswered]}")
    return 0 if said is not None and said.by != "nothing" else 1


def library_of(settings: Settings) -> str:
    """Return the library file that the account names, or else the setting; "" for none.

    Raises:
        SettingsError: there is no such account.
        AccountError: its texts cannot be used.
    """
    return read_folder(find_folder(settings.account)).library or settings.library


def ask_file(
    settings: Settings,
    file: Path,
    say: Callable[[str], object],
    web: Callable[[], WebSide] | None = None,
) -> int:
    """Ask a list as a follower would; print each line's verdict, band and answer, and the share.

    Args:
        settings: of the service.
        file: an owner's list, see `knowledge/trial.py`.
        say: takes each line.
        web: begins a conversation with the web side; None: a worker answers everything.

    Returns:
        0 where nothing is wrong, else 1.

    Raises:
        SettingsError: there is no such account.
        KnowledgeError: the list, the account's knowledge or the library cannot be used.
        ModelLoadError: the model cannot be served.
    """
    trials = read_trials(read_text(file, file.name), file.name)
    counts = Counter[Verdict]()
    with LocalService(settings) as service:
        for trial in trials:
            name = f"line {trial.place.line}"
            conversation = LocalConversation(service, web() if web is not None else None, name)
            said = [conversation.say(turn) for turn in trial.turns][-1]
            verdict = judge(trial, said.text, said.topic, answers=said.answers)
            counts[verdict] += 1
            for line in _judged(trial, said, verdict):
                say(line)
    judged = counts[Verdict.RIGHT] + counts[Verdict.WRONG]
    if judged:
        right = counts[Verdict.RIGHT]
        say(f"right: {right} of {judged} ({100 * right / judged:.1f} %)")
    if counts[Verdict.OPEN]:
        say(f"to be judged by you: {counts[Verdict.OPEN]}")
    return 1 if counts[Verdict.WRONG] else 0


def _judged(trial: Trial, said: Said, verdict: Verdict) -> Iterator[str]:
    """Yield the lines of one trial."""
    band = said.band or "web"
    yield f"{verdict:<6} {band:<7} {said.by:<8} {trial.place}: {' / '.join(trial.turns)}"
    yield f"       {_plain(said.text) or '(nothing)'}"
    if verdict == Verdict.WRONG:
        yield f"       wanted: {trial.wanted}"


def describe(question: str, said: Said) -> list[str]:
    """Return the steps from a question to a worker's reply, a line each."""
    lines, told = [f"question   {question}"], said.told
    assert told is not None
    if told.answer is not None:
        lines += _found(question, told.answer)
    for one in (draft for made in told.rounds for draft in made.drafts):
        lines.append(f"draft      {_short(one.done.text)}  [{one.fault or 'passes'}]")
        reasons = one.verdict.reasons if one.verdict is not None else ()
        lines += [f"             {reason.fault}: {_short(reason.words)}" for reason in reasons]
    lines.append(f"told by    {told.by}, {told.wording}")
    lines.append(f"reply      {_LINK.sub(_BRACKETED, said.text)}")
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


def _plain(text: str) -> str:
    """Return a reply on one line, without links."""
    return _LINK.sub(_BRACKETED, text).replace("\n", " ")


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
