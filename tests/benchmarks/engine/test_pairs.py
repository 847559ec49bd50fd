"""The comparison of pairs with a model on disk: what it measures is a model that runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.engine import pairs
from benchmarks.engine.shapes import Shape
from benchmarks.engine.tasks import Task
from inference.model.checkpoint import Checkpoint

SMALL = Shape("small", 24, 1, 2, 64)
TASKS = (
    Task("one stream", 1, 4, 16, "made"),
    Task("prefill", 1, 32, 1, "read"),
    Task("batch", 3, 4, 8, "all"),
)


def test_random_weights_make_a_model_of_pairs_that_mixes(tmp_path: Path) -> None:
    shape = pairs.write_pairs(tmp_path / "pairs", SMALL)

    card = Checkpoint.load(tmp_path / "pairs").config
    assert (card.family, card.codec, card.mixing) == ("wygpt-pair", "utf-16-be", True)
    assert card.table_rows == pairs.ROWS
    assert (shape.width, shape.layers, shape.heads, shape.context) == (24, 1, 2, 64)


def test_both_are_asked_the_same_and_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairs, "TASKS", TASKS)
    shapes = [pairs.write_pairs(tmp_path / name, SMALL) for name in ("one", "other")]

    found = pairs.compare(shapes, 2, "portable")

    for one in found:
        assert one.absent == ""
        assert one.failed == {}
        # A task may be too short for the clock of a busy machine, but not all of them.
        assert any((one.speed(task.name) or 0) > 0 for task in TASKS)
