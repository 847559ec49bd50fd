"""Held-out rows are never known, and always the same."""

from __future__ import annotations

from knowledge.learn.heldout import split
from knowledge.notes import Knowledge
from xinglin.normal import normal_form


def test_wordings_and_topics_held_out_are_not_known(tcm: Knowledge) -> None:
    first, second = split(tcm), split(tcm)
    known = {note.id: {normal_form(q).lower() for q in note.questions} for note in first.kept.notes}
    topics = {note.topic for note in first.kept.notes}

    assert first == second
    assert all(normal_form(q).lower() not in known[note.id] for q, note in first.asked)
    assert not topics & {note.topic for note in first.unknown}
    assert 3000 <= len(first.asked) <= 6000 and len(first.unknown) >= 150
