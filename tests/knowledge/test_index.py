"""A mapped index answers as the notes that it was made of."""

from __future__ import annotations

import json
import time
from pathlib import Path

import numpy as np
import pytest

from knowledge.check import Checker
from knowledge.compiling import compile_knowledge
from knowledge.encoder import shipped_encoder
from knowledge.errors import MappedFileError
from knowledge.find import Finder
from knowledge.index import Index
from knowledge.mapped import write_sealed
from knowledge.notes import Knowledge
from knowledge.publishing import publish
from knowledge.reading import read_folder

DATA = Path(__file__).parent / "data"
LIST = DATA.parents[2] / "training" / "evaluation" / "questions" / "everyday.jsonl"
ROOT = Path(__file__).resolve().parents[2]
EVERYDAY = [json.loads(line) for line in LIST.read_text("utf-8").splitlines()]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return publish(ROOT / "accounts" / "tcm", tmp_path_factory.mktemp("cache"))


def test_what_is_found_in_the_file_is_what_is_found_in_the_notes(
    path: Path, finder: Finder, checker: Checker
) -> None:
    mapped = Finder(Index.open(path))
    other = Checker(mapped.index)

    for one in EVERYDAY:
        found, expected = mapped.look_up(one["question"]), finder.look_up(one["question"])
        assert (found.kind, found.band, found.pieces) == (
            expected.kind,
            expected.band,
            expected.pieces,
        )
        evidence = [piece.text for piece in found.pieces]
        for draft in ("它味甘，性温，无毒。", *evidence):
            assert other.check(draft, evidence) == checker.check(draft, evidence)


def test_notes_and_tables_come_back_as_they_were(tmp_path: Path) -> None:
    knowledge = read_folder(DATA / "school" / "knowledge")
    write_sealed(tmp_path / "a", compile_knowledge(knowledge, shipped_encoder()))

    index = Index.open(tmp_path / "a")

    assert index.tables == knowledge.tables
    assert [note.answers for note in index.notes] == [note.answers for note in knowledge.notes]
    assert list(index.notes[:3]) == [index.note(at) for at in range(3)]
    assert index.notes[-1] == index.note(len(index.notes) - 1)
    with pytest.raises(IndexError):
        index.notes[len(index.notes)]
    note = index.note(2)
    assert index.at(note.id) == 2
    assert index.at("nothing") is None


def test_it_opens_in_a_moment(path: Path) -> None:
    """Processor time, the best of five: compiling takes 4 s, opening a twentieth of one."""

    def seconds() -> float:
        began = time.thread_time()
        Index.open(path)
        return time.thread_time() - began

    assert min(seconds() for _ in range(5)) <= 0.4
    index = Index.open(path)
    assert not index.similarity._vectors.flags.owndata
    assert isinstance(index.similarity._vectors.base, np.memmap | np.ndarray)


def test_an_index_of_other_arrays_is_refused(tmp_path: Path) -> None:
    write_sealed(tmp_path / "a", {"rows": np.zeros(3, np.float32)})

    with pytest.raises(MappedFileError, match="another version"):
        Index.open(tmp_path / "a")


def test_an_account_that_knows_nothing_finds_nothing() -> None:
    finder = Finder(Knowledge())

    assert finder.look_up("黄芪有什么功效").pieces == ()
    assert finder.nearest("黄芪") == ([], -9.0)
