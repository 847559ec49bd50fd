"""Drafts that say what does not stand written are refused; what stands there passes."""

from __future__ import annotations

import random
import re
from collections.abc import Callable

import numpy as np
import pytest

from knowledge.check import Checker, Fault, words_from
from knowledge.notes import Knowledge, Row, Table
from knowledge.sentences import tell_card, tell_fact

TASTES, NATURES, ORGANS = "酸苦甘辛咸", "寒热温凉", "心肝脾肺肾胃"


def table(tcm: Knowledge, name: str) -> Table:
    return next(one for one in tcm.tables if one.id == name)


def sentence(of: Table, row: Row, relation: str) -> str:
    return tell_fact(row, next(one for one in of.forms if one.relation == relation))


def other(rng: random.Random, choices: str, cell: str) -> str:
    return rng.choice([one for one in choices if one not in cell])


HERB_LIES: dict[str, Callable[[Row, str, random.Random], str]] = {
    "nature": lambda row, told, rng: told.replace(f"性{row.cells['性']}", f"性{other(rng, NATURES, row.cells['性'])}"),
    "taste": lambda row, told, rng: told.replace(f"味{row.cells['味']}", f"味{other(rng, TASTES, row.cells['味'])}"),
    "one taste more": lambda row, told, rng: told.replace("，性", f"、{other(rng, TASTES, row.cells['味'])}，性", 1),
    "channel": lambda row, told, rng: told.replace(f"归{row.cells['归经']}", f"归{other(rng, ORGANS, row.cells['归经'])}"),
    "harmless": lambda row, told, rng: f"{row.name}{rng.choice(['无毒', '没有毒性', '不含毒'])}。",
}  # fmt: skip


@pytest.mark.parametrize("lie", HERB_LIES)
def test_a_false_fact_about_any_medicine_is_refused(
    tcm: Knowledge, checker: Checker, lie: str
) -> None:
    herbs, rng = table(tcm, "herbs"), random.Random(lie)

    for row in herbs.rows:
        told = sentence(herbs, row, "性味归经")
        draft = HERB_LIES[lie](row, told, rng)
        evidence = [told, tell_card(herbs, row)]
        assert draft != told
        assert not checker.check(draft, evidence, f"{row.name}有毒吗").passes, draft


def test_a_part_that_is_not_in_the_formula_is_fatal(tcm: Knowledge, checker: Checker) -> None:
    formulas, names = table(tcm, "formulas"), [row.name for row in table(tcm, "herbs").rows]
    rng = random.Random(1)

    for row in formulas.rows:
        told = sentence(formulas, row, "组成")
        parts = row.cells["组成"]
        strange = rng.choice([one for one in names if not any(c in parts for c in one)])
        verdict = checker.check(told.replace("组成", f"、{strange}组成"), [told], row.name)
        assert verdict.fatal, (told, strange)


def test_the_effects_of_another_medicine_are_refused(tcm: Knowledge, checker: Checker) -> None:
    herbs, rng = table(tcm, "herbs"), random.Random(2)

    for row in herbs.rows:
        told = sentence(herbs, row, "功效")
        effects = rng.choice([one for one in herbs.rows if one is not row]).cells["功效"]
        if not set(effects.split("、")) & set(row.cells["功效"].split("、")):
            assert not checker.check(told.replace(row.cells["功效"], effects), [told]).passes


def test_facts_and_cards_pass_as_they_stand(tcm: Knowledge, checker: Checker) -> None:
    for one, row in tcm.rows():
        told = tell_card(one, row)
        assert checker.check(told, [told], row.name).passes, told


def test_notes_pass_shortened_and_those_of_other_topics_do_not(
    tcm: Knowledge, checker: Checker
) -> None:
    rng = random.Random(3)
    shortened, others = [], []
    for note in tcm.notes:
        sentences = re.findall("[^。！？]+[。！？]", note.answers[0])
        draft = rng.choice(["您好，", "古人说，", ""]) + "".join(sentences[:-1] or sentences)
        strange = rng.choice(tcm.notes)
        evidence = [note.answers[0], strange.answers[0]]
        shortened.append(checker.check(draft, evidence, note.questions[0]).passes)
        if strange.topic != note.topic:
            draft = strange.answers[0]
            others.append(checker.check(draft, [note.answers[0]], note.questions[0]).passes)

    assert np.mean(shortened) >= 0.99
    assert np.mean(others) <= 0.001


def test_a_note_that_loses_its_not_is_refused(tcm: Knowledge, checker: Checker) -> None:
    refused = []
    for note in tcm.notes:
        text = note.answers[0]
        said = next((word for word in ("不宜", "不要", "不能", "不可") if word in text), "")
        if said:
            draft = text.replace(said, said[1], 1)
            refused.append(not checker.check(draft, [text], note.questions[0]).passes)

    assert len(refused) > 300
    assert np.mean(refused) >= 0.9


@pytest.mark.parametrize(
    ("draft", "evidence", "fault"),
    [
        ("睡前可以大量喝酒。", "睡前不可以大量喝酒。", Fault.CONTRADICTS_EVIDENCE),
        ("每人最多借五本。", "每人最多借三本。", Fault.NOT_IN_EVIDENCE),
        ("足三里在膝下七寸。", "足三里在膝下三寸。", Fault.NOT_IN_EVIDENCE),
        ("这是明代张景岳写的。", "这是清代叶天士写的。", Fault.NOT_IN_EVIDENCE),
        ("它记在《千金方》里。", "它记在书里。", Fault.NOT_IN_EVIDENCE),
        ("黄芪常配当归同用。", "黄芪常配防风同用。", Fault.NOT_IN_EVIDENCE),
        ("今天阳光很好，适合散步晒太阳。", "饭后慢走，有助消化。", Fault.NOT_COVERED),
        ("附子没有毒，可以放心吃。", "附子有毒，须由医师使用。", Fault.CONTRADICTS_TABLE),
        ("。", "饭后慢走。", Fault.EMPTY),
    ],
)
def test_each_fault_is_named(checker: Checker, draft: str, evidence: str, fault: Fault) -> None:
    verdict = checker.check(draft, [evidence])

    assert fault in [reason.fault for reason in verdict.reasons]


def test_a_contradiction_says_where_the_truth_stands(checker: Checker) -> None:
    (reason,) = checker.contradictions("黄芪味甘，性大寒。")

    assert reason.words.startswith("性大寒")
    assert reason.against.startswith("黄芪 性：微温 (herbs.csv, line 3)")


def test_part_of_a_plant_is_another_thing(checker: Checker) -> None:
    assert checker.contradictions("莲子心味苦性寒。") == []
    assert checker.contradictions("生姜皮性偏凉。") == []


def test_small_talk_may_claim_nothing_about_medicine(checker: Checker) -> None:
    assert checker.check_talk("不客气，祝您今天心情愉快。").passes
    assert not checker.check_talk("不客气，多吃点黄芪吧。").passes
    assert not checker.check_talk("放心，这个无毒。").passes


def test_words_are_traced_to_their_evidence() -> None:
    runs = words_from("您好，黄芪补气，三本。", ["黄芪补气。", "最多三本。"])

    assert "".join(text for text, _ in runs) == "您好，黄芪补气，三本。"
    assert ("黄芪补气", 0) in runs
    assert ("三本。", 1) in runs
