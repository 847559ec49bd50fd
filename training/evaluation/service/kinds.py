"""Kinds of questions that are put to the service, each with its share of right replies."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from knowledge.decode import read_text
from knowledge.encoder import Encoder
from knowledge.errors import ReadError
from knowledge.find import Finder
from knowledge.found import Band
from knowledge.learn.heldout import split
from knowledge.learn.variants import variants
from knowledge.notes import Knowledge, Note
from knowledge.trial import Trial, Verdict, judge, read_trials
from training.errors import DataError
from training.evaluation.service.asking import Reply, Service
from training.evaluation.service.cells import cells
from training.evaluation.service.figures import Failure, Figure, Share, Skipped, count
from training.reader.example import is_held_out
from training.reader.notes import is_talk, name_of

QUESTIONS = Path(__file__).resolve().parents[1] / "questions"
"""Lists for the account that comes with the project, see `knowledge/trial.py`."""

FILES = {
    "everyday.jsonl": ("everyday questions answered by a right topic", 0.85),
    "follow_ups.jsonl": ("follow-ups right", 0.70),
    "refusals.jsonl": ("questions about what is not here: not answered", 0.80),
}
_CELLS, _LACKING, _HELD_OUT = 60, 60, 150
_VARIANTS = 0.95
_LISTED = 60
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Asked:
    """Replies to a list, and the share that is right."""

    share: Share
    replies: tuple[Reply, ...]


def measure_list(service: Service, path: Path, label: str, floor: float) -> Asked:
    """Ask an owner's list.

    Raises:
        DataError: it is none.
    """
    judged = []
    for trial in _trials(path):
        reply = service.ask(*trial.turns)
        verdict = judge(trial, reply.text, reply.topic, answers=reply.answers)
        judged.append((reply, verdict == Verdict.RIGHT or _declines(trial, reply), trial.wanted))
    return Asked(count(label, judged, floor), tuple(reply for reply, *_ in judged))


def _declines(trial: Trial, reply: Reply) -> bool:
    """Return whether a note of small talk says that this is no subject of the account."""
    return trial.refuse and any(one.startswith("note:talk.") for one in reply.ids)


def _trials(path: Path) -> list[Trial]:
    try:
        return read_trials(read_text(path, path.name), path.name)
    except (ReadError, OSError) as error:
        raise DataError(f"{path}: {error}") from error


def measure_lacking(service: Service, knowledge: Knowledge) -> Share:
    """Ask for names of which the account says that nothing stands here."""
    names = _drawn(sorted(knowledge.lacking), _LACKING)
    forms = ("{}有什么功效", "{}里面有哪些药", "请问{}是治什么的")
    judged = [
        (reply := service.ask(forms[at % len(forms)].format(name)), not reply.answers, "no answer")
        for at, name in enumerate(names)
    ]
    return count("names that are not here: not answered", judged, 0.80)


def measure_variants(service: Service, plain: Sequence[str]) -> list[Share]:
    """Type questions otherwise; a reply is right where it tells the same as to the plain question.

    Only questions that are answered count.
    """
    asked = [*plain, *(cell.questions[0] for cell in _drawn(list(cells(service.finder)), _CELLS))]
    answered = [reply for question in asked if (reply := service.ask(question)).answers]
    common = set("".join(asked))
    shares = []
    for name, change in variants(common).items():
        judged = [
            (reply := service.ask(change(one.turns[0])), reply.told == one.told, one.turns[0])
            for one in answered
        ]
        shares.append(count(f"typed otherwise, {name}: the same is told", judged, _VARIANTS))
    hits, total = sum(one.hits for one in shares), sum(one.asked for one in shares)
    return [Share("typed otherwise, all: the same is told", hits, total, _VARIANTS), *shares]


def measure_held_out_topics(service: Service, knowledge: Knowledge) -> Asked:
    """Ask for notes that the reader never learned; right is a sentence that passed the check."""
    notes = [one for one in knowledge.notes if _tells(one) and is_held_out(name_of(one))]
    replies = [service.ask(one.questions[0]) for one in _drawn(notes, _HELD_OUT)]
    told = [one for one in replies if one.by == "note"]
    judged = [(one, one.wording == "written", "a sentence of its own") for one in told]
    return Asked(count("topics held out from training, read and told", judged, 0.80), tuple(told))


def _tells(note: Note) -> bool:
    return not note.subject and not is_talk(note)


def measure_own_sentences(replies: Sequence[Reply]) -> list[Share]:
    """Return how often the model's own sentence is shown, and how often that is the note's."""
    told = [(one, one.wording == "written", "") for one in replies if one.by == "note"]
    written = [one for one, own, _ in told if own]
    copied = [(one, _stands(one), "") for one in written]
    shares = [
        count("answers from a note in the model's own sentence", told, 0.60),
        count("of these word for word the note", copied),
    ]
    return [Share(one.label, one.hits, one.asked, one.floor) for one in shares]


def _stands(reply: Reply) -> bool:
    return any(reply.body.strip("。") in piece for piece in reply.evidence)


def measure_held_out_wordings(
    knowledge: Knowledge, learn: Callable[[Sequence[Note]], Encoder]
) -> list[Figure]:
    """Look wordings up that an encoder did not learn, a fifth of all; strictly: their note alone.

    Args:
        knowledge: of the account.
        learn: makes an encoder of notes.
    """
    held = split(knowledge)
    asked = [(question, note) for question, note in held.asked if not note.subject]
    if not asked:
        return [Skipped("wordings held out from the finder", "no note has three of them")]
    finder = Finder(held.kept, learn(held.kept.notes))
    found = [(question, note, finder.look_up(question)) for question, note in asked]
    told = [one for one in found if one[2].band == Band.ANSWER]
    failed = tuple(
        Failure((question,), one.pieces[0].topic, one.kind.value, note.topic)
        for question, note, one in told
        if one.pieces[0].topic != note.topic
    )
    first = sum(bool(one.pieces) and one.pieces[0].topic == note.topic for _, note, one in found)
    return [
        Share("wordings held out from the finder: their topic first", first, len(found)),
        Share(
            "of those that are answered",
            len(told) - len(failed),
            len(told),
            failed=failed[:_LISTED],
        ),
    ]


def _drawn(population: Sequence[_T], most: int) -> list[_T]:
    """Return some, the same ones each time."""
    ranked = sorted(population, key=lambda one: zlib.crc32(str(one).encode()))
    return ranked[:most]
