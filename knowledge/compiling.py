"""An account's knowledge made ready: what takes seconds is done once, and mapped by every worker.

arrays = compile_knowledge(read_folder(folder), shipped_encoder())
index = Index(arrays, encoder)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from knowledge.encoder import Encoder
from knowledge.entities import Dictionary, masked, owners_of, spelt
from knowledge.groups import shared_values
from knowledge.keys import PairSet, hashed, loose_keys, ordered
from knowledge.notes import Knowledge, Note, Row, Table
from knowledge.phrases import phrases_of
from knowledge.relations import learn_relations
from knowledge.similarity import index_notes
from knowledge.stored import form_fields, pack_json, pack_notes, table_fields
from xinglin.normal import Lexicon, compact, normal_form

_MOSTLY = 0.7
Arrays = dict[str, NDArray[Any]]


def compile_knowledge(knowledge: Knowledge, encoder: Encoder) -> Arrays:
    """Return all that a finder and a checker need, as arrays; seconds for the largest account."""
    notes = [_normal(note) for note in knowledge.notes]
    owners = owners_of(knowledge.tables)
    lacking = {spelt(name) for name in knowledge.lacking} - owners.keys()
    told = lacking & {spelt(note.topic) for note in notes}
    names = Dictionary(owners, lacking - told)
    models = [
        learn_relations(table, asked)
        for table, asked in zip(
            knowledge.tables, _elsewhere(knowledge.tables, notes, names), strict=True
        )
    ]
    lexicon = _lexicon(knowledge)
    meta = {
        "tables": [table_fields(table) for table in knowledge.tables],
        "owners": _owner_places(knowledge.tables),
        "lacking": sorted(lacking),
        "told": sorted(told),
        "forms": [[form_fields(one) for one in model.relations.values()] for model in models],
        "groups": shared_values(knowledge.tables),
        "names": sorted(lexicon.names),
        "sounds": [[list(heard), names] for heard, names in lexicon.sounds.items()],
        "later": _later_turns(notes),
        "phrases": sorted(phrases_of(knowledge)),
    }
    arrays: Arrays = {"meta": pack_json(meta)}
    arrays["notes"], arrays["note_ends"] = pack_notes(notes)
    arrays["exact"], arrays["exact_notes"] = _numbered(_exact_questions(notes))
    arrays["heard"], arrays["heard_notes"] = _numbered(_loose_questions(notes))
    arrays["ids"], arrays["id_notes"] = _numbered({n.id: at for at, n in enumerate(notes)})
    arrays["pairs"] = PairSet.of(lexicon.pairs).keys  # type: ignore[arg-type]  # an array here, a map elsewhere
    for at, model in enumerate(models):
        arrays[f"relations.{at}.keys"] = model.keys
        arrays[f"relations.{at}.weights"] = model.weights
    found = index_notes(notes, encoder)
    return arrays | {f"similarity.{name}": one for name, one in found.items()}


def _numbered(texts: dict[str, int]) -> tuple[NDArray[np.uint64], NDArray[np.int32]]:
    """Return sorted keys of texts, and the number of each."""
    keys, order = ordered([hashed(text) for text in texts])
    return keys, np.array(list(texts.values()), np.int32)[order]


def _owner_places(tables: Sequence[Table]) -> dict[str, list[tuple[int, int]]]:
    """Return for each name the table and the row of its owners."""
    table_at = {id(table): at for at, table in enumerate(tables)}
    row_at = {id(row): at for table in tables for at, row in enumerate(table.rows)}
    return {
        name: [(table_at[id(table)], row_at[id(row)]) for table, row in owners]
        for name, owners in owners_of(tables).items()
    }


def _elsewhere(
    tables: Sequence[Table], notes: Sequence[Note], names: Dictionary
) -> Iterable[list[str]]:
    """Return for each table the notes' questions that name its entities, but ask something else."""
    found: dict[str, list[str]] = {table.id: [] for table in tables}
    for note in notes:
        said, topic = "".join(note.answers), spelt(note.topic)
        for question in note.questions:
            mentions = names.find(question)
            for table in {id(t): t for one in mentions for t, _ in one.owners}.values():
                rows = [row for one in mentions for owner, row in one.owners if owner is table]
                about = any(topic in map(spelt, row.names) for row in rows)
                if not about and not any(_tells_cell(said, row) for row in rows):
                    found[table.id].append(masked(question, mentions, table))
    return found.values()


def _tells_cell(said: str, row: Row) -> bool:
    """Return whether a note tells most of a fact of the table: its questions then ask for that."""
    cells = [cell.split("、") for cell in row.cells.values()]
    return any(
        sum(part in said for part in parts) >= _MOSTLY * len(parts)
        for parts in cells
        if len("".join(parts)) > 3
    )


def _normal(note: Note) -> Note:
    questions = tuple(dict.fromkeys(normal_form(one).lower() for one in note.questions))
    return replace(note, questions=questions)


def _exact_questions(notes: Sequence[Note]) -> dict[str, int]:
    """Return the note of each known wording, and of each topic that is no other one's wording."""
    found: dict[str, int] = {}
    for at, note in enumerate(notes):
        for question in note.questions:
            with_subject = note.subject and note.subject not in question
            key = f"{note.subject}{question}" if with_subject else question
            found.setdefault(compact(key), at)
    for at, note in enumerate(notes):
        if not note.subject:
            found.setdefault(compact(note.topic), at)
    found.pop("", None)
    return found


def _loose_questions(notes: Sequence[Note]) -> dict[str, int]:
    """Return the note of each wording by its loose keys; what two notes share is left out."""
    found: dict[str, int] = {}
    wordings = ((q, at) for at, one in enumerate(notes) if not one.subject for q in one.questions)
    for key, at in ((key, at) for question, at in wordings for key in loose_keys(question)):
        found[key] = at if found.get(key, at) == at else -1
    return {key: at for key, at in found.items() if at >= 0}


def _later_turns(notes: Sequence[Note]) -> dict[str, list[int]]:
    """Return the notes that need a subject, by that subject."""
    found: dict[str, list[int]] = {}
    for at, note in enumerate(notes):
        if note.subject:
            found.setdefault(spelt(note.subject), []).append(at)
    return found


def _lexicon(knowledge: Knowledge) -> Lexicon:
    things = [row.names for _, row in knowledge.rows()]
    texts = (text for note in knowledge.notes for text in (*note.questions, *note.answers))
    return Lexicon.of(things, texts)
