"""An account's knowledge as finder and checker use it: views of arrays, built or mapped.

Opening a file of the largest account takes tens of milliseconds and a few megabytes; the arrays are
pages of the file, which all processes share.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from knowledge.compiling import compile_knowledge
from knowledge.encoder import Encoder, shipped_rows
from knowledge.entities import Dictionary
from knowledge.errors import MappedFileError
from knowledge.groups import Groups
from knowledge.keys import PairSet, hashed, loose_keys, place
from knowledge.mapped import Arrays, check_seal, map_arrays
from knowledge.notes import Knowledge, Note, Row, Table
from knowledge.relations import RelationModel
from knowledge.similarity import Similarity
from knowledge.stored import NoteShelf, forms_of, table_of
from xinglin.normal import Lexicon


class Index:
    """Knowledge of an account, ready to be asked; nothing in it changes, so threads share it.

    Attributes:
        notes: with their questions in the normal form; read one by one.
        tables: with all rows.
        names: entities, and names of which neither a note nor a table tells.
        all_names: entities, and names of which no table tells.
        models: what is asked of an entity, by the table's id.
        groups: values that rows share.
        lexicon: names that may be mended.
        similarity: scores all notes for a question.
        later: places of the notes that need a subject, by that subject.
        phrases: short facts of the tables.
    """

    def __init__(self, arrays: Arrays, encoder: Encoder) -> None:
        """Take what `compile_knowledge` returned, and the encoder that it was given."""
        meta = json.loads(arrays["meta"].tobytes())
        self.notes = NoteShelf(arrays["notes"], arrays["note_ends"])
        self.tables: tuple[Table, ...] = tuple(map(table_of, meta["tables"]))
        owners = {
            name: tuple((self.tables[at], self.tables[at].rows[row]) for at, row in found)
            for name, found in meta["owners"].items()
        }
        lacking = frozenset(meta["lacking"])
        self.names = Dictionary(owners, lacking - set(meta["told"]))
        self.all_names = Dictionary(owners, lacking)
        self.models = self._relations(arrays, meta)
        self.groups = Groups(meta["groups"])
        sounds = {tuple(heard): tuple(names) for heard, names in meta["sounds"]}
        self.lexicon = Lexicon(frozenset(meta["names"]), sounds, PairSet(arrays["pairs"]))
        similar = {name.removeprefix("similarity."): one for name, one in arrays.items()}
        self.similarity = Similarity(similar, encoder)
        self.later = {name: np.array(at, np.int64) for name, at in meta["later"].items()}
        self.phrases = frozenset(meta["phrases"])
        self._exact = arrays["exact"], arrays["exact_notes"]
        self._heard = arrays["heard"], arrays["heard_notes"]
        self._ids = arrays["ids"], arrays["id_notes"]

    @classmethod
    def of(cls, knowledge: Knowledge, encoder: Encoder) -> Self:
        """Compile in memory; seconds for the largest account."""
        return cls(compile_knowledge(knowledge, encoder), encoder)

    @classmethod
    def open(cls, path: Path, encoder: Encoder | None = None) -> Self:
        """Map a file that `write_sealed` made of the arrays.

        Args:
            path: of the file.
            encoder: that it was compiled with; None: the one that comes with the package.

        Raises:
            MappedFileError: it is missing, damaged or of another version.
        """
        check_seal(path)
        arrays = map_arrays(path)
        try:
            return cls(arrays, encoder or shipped_rows())
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise MappedFileError(f"{path}: is of another version ({error!r})") from error

    def rows(self) -> Iterator[tuple[Table, Row]]:
        """Yield each row with its table."""
        for table in self.tables:
            for row in table.rows:
                yield table, row

    def exactly(self, key: str) -> int | None:
        """Return the place of the note that has a compact wording."""
        return _number(*self._exact, key)

    def heard(self, text: str) -> int | None:
        """Return the place of the one note with a wording that sounds so, or has slips of order."""
        found = (_number(*self._heard, key) for key in loose_keys(text))
        return next((at for at in found if at is not None), None)

    def at(self, note_id: str) -> int | None:
        """Return the place of a note by its id."""
        return _number(*self._ids, note_id)

    def note(self, at: int) -> Note:
        """Return a note by its place."""
        found: Note = self.notes[at]
        return found

    def _relations(self, arrays: Arrays, meta: Mapping[str, Any]) -> dict[str, RelationModel]:
        return {
            table.id: RelationModel(
                [forms_of(one) for one in forms],
                arrays[f"relations.{at}.keys"],
                arrays[f"relations.{at}.weights"],
            )
            for at, (table, forms) in enumerate(zip(self.tables, meta["forms"], strict=True))
        }


def _number(keys: NDArray[np.uint64], numbers: NDArray[np.int32], text: str) -> int | None:
    at = place(keys, hashed(text))
    return int(numbers[at]) if at >= 0 else None
