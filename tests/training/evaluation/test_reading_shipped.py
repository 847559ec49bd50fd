"""The shipped model reads: notes that it never saw, and those of an owner of another trade."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from inference.config import EngineConfig
from inference.engine import Engine
from knowledge.check import Checker
from knowledge.find import Finder
from knowledge.trial import read_trials
from training.evaluation.reading import Reading, measure_service, read_examples, service_examples
from training.reader.invented import Invented
from training.reader.notes import Notes
from training.reader.recipe import read_knowledge

ROOT = Path(__file__).resolve().parents[3]
MODEL = ROOT / "models" / "tcm"
TCM = ROOT / "accounts" / "tcm" / "knowledge"
POOL = ROOT / "tests" / "training" / "data" / "pool"


@pytest.fixture(scope="module")
def engine():
    with Engine.open(MODEL, EngineConfig(backend="cpu")) as engine:
        assert engine.checkpoint.config.evidence
        yield engine


def test_topics_that_were_held_out_are_told_in_its_own_sentence(engine):
    known = read_knowledge(TCM)
    notes = Notes(known, held_out=True)
    rng = random.Random(3)
    examples = [notes.example(rng) for _ in range(80)]
    alone = [one for one in examples if len(one.evidence) == 1]

    reads = read_examples(engine, Checker(known), alone, Reading())

    assert sum(bool(one.shown) for one in reads) > 0.7 * len(reads)
    assert sum(one.copied for one in reads) < 0.8 * len(reads)


def test_another_owners_notes_are_told_rightly(engine):
    known = read_knowledge(POOL / "knowledge")
    text = (POOL / "questions.jsonl").read_text("utf-8")
    examples = service_examples(Finder(known), read_trials(text, "questions.jsonl"))

    measured = measure_service(read_examples(engine, Checker(known), examples, Reading()))

    assert measured["asked"] >= 15
    assert measured["right"] == measured["right_if_copied"]
    assert measured["own_sentence_shown"] > 0.5


def test_values_that_nobody_has_met_are_copied(engine):
    invented = Invented(["到了秋天满地都是黄叶"])
    rng = random.Random(5)
    examples = [one for one in (invented.example(rng) for _ in range(80)) if len(one.must) == 1]

    reads = read_examples(engine, Checker(read_knowledge(TCM)), examples, Reading(drafts=1))

    exact = [one.example.must[0] in one.drafts[0] for one in reads]
    assert sum(exact) > 0.7 * len(exact)
