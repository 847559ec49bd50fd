"""Conversations about ideas, people, illnesses and complaints: each note in every wording."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from training.data_recipes.primer.items import Exchange, Note
from training.data_recipes.primer.wording import Turns

# What may be asked about any subject of a file, besides what its notes ask themselves.
_IDEA = (
    "什么是{0}？",
    "{0}是什么？",
    "什么叫{0}",
    "{0}是什么意思？",
    "讲讲{0}。",
    "请讲讲{0}。",
    "介绍一下{0}",
    "{0}是怎么回事？",
    "古人怎么论{0}？",
    "古人怎么看{0}？",
    "中医怎么看{0}？",
    "{0}该怎么理解？",
    "古书里怎么说{0}？",
    "我想了解{0}。",
    "你知道{0}吗？",
    "{0}",
)
_COMPLAINT = (
    "{0}怎么办？",
    "{0}是怎么回事？",
    "{0}",
    "我{0}，怎么办？",
    "我最近{0}。",
    "最近总是{0}",
    "总是{0}，古人怎么看？",
    "古人怎么看{0}？",
    "中医怎么看{0}？",
    "为什么会{0}？",
    "{0}有什么办法吗",
    "{0}怎么调理？",
    "请讲讲{0}。",
)
_MORE_WORDINGS: Mapping[str, Sequence[str]] = {
    "theory": _IDEA,
    "culture": _IDEA,
    "complaints": _COMPLAINT,
}
_OWN_WORDINGS_COUNT = 2


def note_conversations(notes: Sequence[Note]) -> Iterator[Turns]:
    """Yield every wording of every note with each of its answers."""
    for note in notes:
        yield from _asked(note.questions, note)


def further_conversations(files: Mapping[str, Sequence[Note]]) -> dict[str, list[Turns]]:
    """Return all conversations of each file of notes.

    A note's own wordings come twice as often as those that could be asked about any subject; of
    two notes with the same subject the one that comes first gets the latter.

    Args:
        files: notes by the name of their file.
    """
    taken = {question for notes in files.values() for note in notes for question in note.questions}
    found: dict[str, list[Turns]] = {}
    for name, notes in files.items():
        turns = found.setdefault(name, [])
        for note in notes:
            turns += list(_asked(note.questions, note)) * _OWN_WORDINGS_COUNT
            questions = (one.format(note.topic) for one in _MORE_WORDINGS.get(name, ()))
            fresh = [question for question in questions if question not in taken]
            taken.update(fresh)
            turns += _asked(fresh, note)
    return found


def _asked(questions: Sequence[str], note: Note) -> Iterator[Turns]:
    for question in questions:
        for answer in note.answers:
            yield [(question, answer)]


def exchange_conversations(exchanges: Sequence[Exchange]) -> Iterator[Turns]:
    """Yield each conversation in every wording; the wordings of later turns are varied too."""
    for at, exchange in enumerate(exchanges):
        for wording in range(len(exchange.turns[0].questions)):
            yield [
                (
                    turn.questions[(wording + at * place) % len(turn.questions)],
                    turn.answers[(wording + place) % len(turn.answers)],
                )
                for place, turn in enumerate(exchange.turns)
            ]
