"""Kinds of examples that the reader learns from."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from inference.prompt import ASSISTANT, EVIDENCE, USER
from knowledge.check import Checker
from knowledge.drafts import REFUSAL
from training.errors import DataError
from training.reader.example import is_held_out
from training.reader.passages import TEXTS, Passages
from training.reader.recipe import NAME, example_makers, read_knowledge, reader_recipe
from xinglin.policy import clean_reply
from xinglin.safety.veto import without_harmless_claims

COUNT = 120


def made(make, count=COUNT):
    rng = random.Random(7)
    return [make(rng) for _ in range(count)]


@pytest.fixture(scope="module")
def checker(tcm):
    return Checker(tcm)


def test_answers_to_notes_pass_the_check_and_mostly_are_no_copies(makers, checker):
    examples = made(makers["notes"])

    assert all(checker.check(o.answer, o.evidence, o.question).passes for o in examples)
    copies = sum(any(one.answer in piece for piece in one.evidence) for one in examples)
    assert copies < 0.7 * COUNT


def test_answers_to_facts_hold_the_cells_that_were_asked_for(makers, checker):
    for one in made(makers["facts"]):
        told = one.answer.split("。")[0]
        assert one.must or any(told in piece for piece in one.evidence)  # a fixed sentence
        verdict = checker.check(one.answer, one.evidence, one.question)
        assert not verdict.fatal, (one, verdict)


@pytest.mark.parametrize("kind", ["notes", "facts", "talk"])
def test_no_answer_names_a_dose_or_calls_a_poison_harmless(makers, kind):
    for one in made(makers[kind]):
        assert clean_reply(one.answer) == one.answer.strip()
        shown = "".join(one.evidence)  # a note may make a poison a figure of speech
        if without_harmless_claims(shown, one.question) == shown:
            assert without_harmless_claims(one.answer, one.question) == one.answer


def test_invented_values_stand_in_evidence_and_answer(makers):
    for one in made(makers["invented"]):
        assert one.must
        for value in one.must:
            assert value in one.answer
            assert any(value in piece for piece in one.evidence)


def test_what_is_refused_stands_in_no_piece(makers, held_out):
    answers = {one.answer for one in made(makers["refusals"])}
    assert answers == {REFUSAL}
    assert {one.answer for one in made(held_out["refusals"])} == {REFUSAL}


def test_passages_hold_the_sentence_that_is_told(makers):
    for one in made(makers["passages"], 40):
        told = one.answer.split("：")[-1]
        assert any(told[-8:] in piece for piece in one.evidence)


def test_small_talk_without_evidence_claims_nothing_of_medicine(makers, checker):
    bare = [one for one in made(makers["talk"]) if not one.evidence]
    assert len(bare) > COUNT / 3
    assert all(checker.check_talk(one.answer).passes for one in bare)


def test_a_tenth_of_the_topics_is_never_trained_on(tcm, passages):
    names = {note.subject or note.topic for note in tcm.notes}
    share = sum(map(is_held_out, names)) / len(names)
    assert 0.07 < share < 0.13

    kept = {a for n in tcm.notes if not is_held_out(n.subject or n.topic) for a in n.answers}
    apart = {a for n in tcm.notes if is_held_out(n.subject or n.topic) for a in n.answers} - kept
    for one in made(example_makers(tcm, passages, held_out=False)["notes"], 300):
        assert not apart.intersection(one.evidence)


def test_right_pieces_come_in_any_place_with_up_to_two_others(makers):
    examples = [one for one in made(makers["invented"], 300) if len(one.must) == 1]
    counts = {len(one.evidence) for one in examples}
    places = {
        at
        for one in examples
        if len(one.evidence) == 3
        for at, piece in enumerate(one.evidence)
        if one.must[0] in piece
    }
    assert (counts, places) == ({1, 2, 3}, {0, 1, 2})


def test_the_recipe_gives_windows_with_evidence(corpora, tmp_path):
    recipe = reader_recipe(
        corpora,
        Path("accounts/tcm/knowledge").resolve(),
        "utf-16-be",
        tmp_path,
        256,
        stride=2,
        reread=0.1,
        refusals=0.2,
        seed=1,
    )
    assert abs(sum(recipe.shares.values()) - 1) < 1e-9
    assert recipe.shares[f"{NAME}-refusals"] == pytest.approx(0.18)
    assert {one.name for one in recipe.valid} >= {"notes answers", "invented answers"}
    names = {source.name for source in recipe.train}
    assert names == set(recipe.shares)


def test_an_account_without_tables_or_talk_teaches_what_it_has(passages, tmp_path):
    (tmp_path / "notes.md").write_text(
        "\n\n".join(f"问：第{n}间几点开门\n答：第{n}间早上开门，晚上关门。" for n in range(30)),
        "utf-8",
    )
    makers = example_makers(read_knowledge(tmp_path), passages, held_out=False)

    assert set(makers) == {"notes", "invented", "passages", "talk", "refusals"}
    one = makers["notes"](random.Random(1))
    assert any(one.answer[:4] in piece for piece in one.evidence)


def test_knowledge_that_cannot_be_read_and_shares_that_cannot_be_are_refused(corpora, tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        read_knowledge(tmp_path / "none")
    for reread, refusals, words in ((1.0, 0.1, "old text"), (0.1, -0.1, "refusals")):
        with pytest.raises(DataError, match=words):
            reader_recipe(
                corpora,
                tmp_path,
                "utf-8",
                tmp_path,
                8,
                stride=1,
                reread=reread,
                refusals=refusals,
                seed=1,
            )


def test_marks_of_the_chat_format_stand_where_they_belong(makers):
    import numpy as np

    from training.reader.example import ExampleSource

    source = ExampleSource("reading-facts", makers["facts"], "utf-16-be")
    data, weights = source.window(np.random.default_rng(3), 2 * 1200)
    text = bytes(data).decode("utf-16-be")

    assert len(data) == len(weights) == 2400
    assert text[0] == EVIDENCE
    assert abs(text.count(USER) - text.count(ASSISTANT)) <= 1
    again, _ = source.window(np.random.default_rng(3), 2 * 1200)
    assert (data == again).all()


def test_corpora_without_anything_to_tell_are_refused(tmp_path):
    for name in TEXTS:
        (tmp_path / f"{name}.txt").write_text("人参甘温。\n" * 60, "utf-8")

    with pytest.raises(DataError, match="no passage of 30 characters"):
        Passages(tmp_path, 1)
