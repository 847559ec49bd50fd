"""A few notes are learned in a second, and found by wordings that were never read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from knowledge.encoder import load_encoder
from knowledge.learn.rows import learn_rows
from knowledge.notes import Note, Place

HERE = Place("a", 1)
NOTES = [
    Note("a", "睡不着", ("晚上睡不着", "总是失眠", "翻来覆去睡不着"), ("睡前少看手机。",), HERE),
    Note("b", "胃痛", ("胃里疼", "我胃痛", "吃完饭胃疼"), ("少吃生冷。",), HERE),
    Note("c", "咳嗽", ("总是咳嗽", "咳个不停", "夜里咳嗽"), ("多喝温水。",), HERE),
]


def test_notes_are_found_after_learning(tmp_path: Path) -> None:
    said: list[str] = []
    encoder = learn_rows(NOTES, epochs=30, say=said.append)
    encoder.save(tmp_path / "e.safetensors")
    encoder = load_encoder(tmp_path / "e.safetensors")
    vectors, known = encoder.note_vectors(NOTES)

    found = [int((vectors @ encoder.vector(q)).argmax()) for q in ("失眠了", "胃疼得很", "咳嗽")]

    assert known.all() and found == [0, 1, 2]
    assert float(said[-1].split()[-1]) < float(said[0].split()[-1]) / 2


def test_the_same_seed_learns_the_same() -> None:
    first = learn_rows(NOTES, epochs=2, seed=5, say=lambda line: None)
    second = learn_rows(NOTES, epochs=2, seed=5, say=lambda line: None)

    assert np.array_equal(first.rows, second.rows)
