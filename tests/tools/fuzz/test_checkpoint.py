"""The fuzzer of model folders, a short while; `make fuzz` goes on for longer."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from inference.model.checkpoint import Checkpoint
from tests.tools.fuzz.checkpoint import Folder, fuzz, little_memory, place_for_many, small_models


@pytest.fixture
def folders() -> Iterator[list[Folder]]:
    with place_for_many() as place:
        yield small_models(place)


def test_no_folder_makes_the_loader_fail_or_wait(folders: list[Folder]) -> None:
    refused, loaded = fuzz(folders, seed=1, times=2000)

    assert refused > 1500
    assert loaded > 50, "hardly any change left a model whole: it tries too little"


def test_a_loader_that_fails_is_noticed(
    folders: list[Folder], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Checkpoint, "load", lambda path: {}[path])

    with pytest.raises(AssertionError, match="seed 1, number 0, wygpt: KeyError"):
        fuzz(folders, seed=1, times=3)


def test_too_much_memory_is_noticed(folders: list[Folder], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Checkpoint, "load", lambda _: bytes(1 << 31))

    with pytest.raises(AssertionError, match="seed 1, number 0, wygpt: MemoryError"):
        fuzz(folders, seed=1, times=3)
    with little_memory():
        assert len(bytes(1 << 28)) == 1 << 28


def test_a_seed_and_a_number_name_a_folder(folders: list[Folder]) -> None:
    made = []
    for _ in range(2):
        folders[1].change(random.Random("7 3"))
        made.append((folders[1].card.read_bytes(), folders[1].weights.read_bytes()))

    assert made[0] == made[1]
