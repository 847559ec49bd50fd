"""The primer holds what it promises, and the service would show every word of it."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

import pytest

from training.data_recipes.primer.corpus import Turns, primer_conversations, primer_names
from training.data_recipes.primer.formulas import formula_conversations
from training.data_recipes.primer.items import (
    FOLDER,
    NOTES,
    read_formulas,
    read_medicines,
    read_notes,
)
from training.data_recipes.primer.medicines import medicine_conversations
from training.errors import DataError
from xinglin.policy import clean_reply

LONGEST = 150
PROMPTS = (
    (Path(__file__).resolve().parents[4] / "training" / "evaluation" / "prompts.txt")
    .read_text("utf-8")
    .splitlines()
)


@cache
def taught() -> Mapping[str, list[Turns]]:
    """The primer, made once: it takes seconds."""
    return primer_conversations()


def answers() -> Iterator[tuple[str, str]]:
    for kind, conversations in taught().items():
        for turns in conversations:
            for question, answer in turns:
                yield f"{kind}: {question}", answer


def test_no_rule_of_the_service_would_change_an_answer() -> None:
    shown = {answer: clean_reply(answer) for answer in {answer for _, answer in answers()}}

    assert not {answer: found for answer, found in shown.items() if found != answer}


def test_answers_are_short_whole_sentences_without_titles_or_latin_letters() -> None:
    odd = [
        (question, answer)
        for question, answer in answers()
        if not 4 <= len(answer) <= LONGEST
        or answer[-1] not in "。！？"
        or re.search("[《》“”]|[A-Za-z]{3}", answer)
    ]

    assert not odd


def test_everything_is_told_once() -> None:
    names = [
        name for one in (*read_medicines(), *read_formulas()) for name in (one.name, *one.aliases)
    ]

    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert primer_names() == frozenset(names)


def test_a_question_that_is_alike_in_two_notes_would_teach_two_answers() -> None:
    asked = Counter(
        question
        for name in NOTES
        for note in read_notes(FOLDER / f"{name}.jsonl")
        for question in set(note.questions)
    )

    assert [question for question, times in asked.items() if times > 1] == []


def test_medicines_and_formulas_are_complete() -> None:
    medicines, formulas = read_medicines(), read_formulas()

    assert len(medicines) >= 200
    assert len(formulas) >= 120
    for one in medicines:
        assert one.note.startswith(one.name), one.name
        assert one.taste and one.nature and one.channels and one.effects and one.kind, one.name
    for formula in formulas:
        assert formula.note.startswith(formula.name), formula.name
        assert 1 <= len(set(formula.parts)) == len(formula.parts) <= 20, formula.name
        assert formula.use and formula.origin and formula.kind and formula.effects, formula.name


def test_a_poisonous_medicine_is_never_shown_without_a_warning() -> None:
    toxic = [one for one in read_medicines() if one.toxic]

    assert {"附子", "朱砂"} <= {one.name for one in toxic}
    for turns in medicine_conversations(toxic):
        for question, answer in turns:
            if "有毒" in question or "功效" in question:
                assert "毒" in answer, answer


def test_examination_questions_are_not_learnt_word_for_word() -> None:
    first = {turns[0][0] for kind in taught().values() for turns in kind}

    assert not first.intersection(PROMPTS)


def test_conversations_of_a_formula_tell_all_of_it() -> None:
    formula = next(one for one in read_formulas() if one.name == "四物汤")
    told = "".join(a for turns in formula_conversations([formula]) for _, a in turns)

    for word in ("当归", "川芎", "白芍", "熟地黄", formula.use, formula.origin):
        assert word in told


@pytest.mark.parametrize("line", ["{", '{"topic": "一"}', "[]", json.dumps({"name": "黄芪"})])
def test_a_broken_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "notes.jsonl"
    path.write_text(line + "\n", "utf-8")

    with pytest.raises(DataError, match="line 1"):
        read_notes(path)
