"""Each kind of question is put to the service, and judged."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from knowledge.encoder import shipped_encoder
from knowledge.trial import read_trials
from tests.training.evaluation.service.conftest import SHOP
from training.errors import DataError
from training.evaluation.service.asking import Reply, Service
from training.evaluation.service.kinds import (
    FILES,
    QUESTIONS,
    measure_held_out_topics,
    measure_held_out_wordings,
    measure_lacking,
    measure_list,
    measure_own_sentences,
    measure_variants,
)
from training.reader.recipe import read_knowledge


@pytest.mark.parametrize("name", FILES)
def test_the_lists_that_come_with_the_account_are_lists(name: str) -> None:
    trials = read_trials((QUESTIONS / name).read_text("utf-8"), name)

    assert len(trials) >= 60
    assert len({one.turns for one in trials}) == len(trials)
    assert all(one.refuse or one.expect or one.topics for one in trials)


def test_a_list_is_judged_as_expected(shop: Service, tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl"
    records = [
        {"turns": ["龙井多少钱", "哪里产的"], "expect": ["狮峰山"]},
        {"question": "龙井多少钱", "expect": ["9999"]},
        {"question": "特斯拉的股价", "refuse": True},
    ]
    path.write_text("\n".join(json.dumps(one) for one in records), "utf-8")

    asked = measure_list(shop, path, "mine", 0.5)

    assert (asked.share.hits, asked.share.asked) == (2, 3)
    assert asked.share.failed[0].wanted == "9999"
    assert len(asked.replies) == 3


def test_a_note_that_declines_is_no_answer(tcm: Service, tmp_path: Path) -> None:
    path = tmp_path / "list.jsonl"
    path.write_text('{"question": "今天外面天气怎么样", "refuse": true}', "utf-8")

    assert measure_list(tcm, path, "declined", 1.0).share.met


def test_a_list_that_is_none_is_a_sentence(shop: Service, tmp_path: Path) -> None:
    (tmp_path / "list.jsonl").write_text("{")

    with pytest.raises(DataError, match="line 1: no JSON"):
        measure_list(shop, tmp_path / "list.jsonl", "x", 0.5)


def test_a_question_typed_otherwise_is_told_the_same(shop: Service) -> None:
    together, *each = measure_variants(shop, ["龙井多少钱", "帮我写一首诗"])

    assert together.asked == sum(one.asked for one in each)
    assert {one.asked for one in each} == {each[0].asked}
    shares = {one.label.split(", ")[1].split(":")[0]: one.share for one in each}
    assert shares["emoji"] == shares["traditional"] == shares["half-width"] == 1.0


def test_names_that_are_not_here_are_asked(tcm: Service) -> None:
    share = measure_lacking(tcm, read_knowledge(tcm.folder))

    assert share.asked == 60
    assert share.share > 0.7


def test_topics_held_out_are_told_and_own_sentences_counted(shop: Service) -> None:
    asked = measure_held_out_topics(shop, read_knowledge(SHOP / "knowledge"))
    own, copied = measure_own_sentences(asked.replies)

    assert own.asked == asked.share.asked == len(asked.replies)
    assert copied.asked == own.hits


def test_a_copy_is_no_sentence_of_its_own() -> None:
    piece = ("中午退房。",)
    replies = [
        Reply(("?",), "", "中午退房。", "note", "written", evidence=piece),
        Reply(("?",), "", "要中午退房。", "note", "written", evidence=piece),
        Reply(("?",), "", "中午退房。", "note", "copied", evidence=piece),
        Reply(("?",), "", "1元。", "cell", "copied", evidence=piece),
    ]

    own, copied = measure_own_sentences(replies)

    assert (own.hits, own.asked, copied.hits, copied.asked) == (2, 3, 1, 2)


def test_wordings_held_out_are_looked_up() -> None:
    known = read_knowledge(QUESTIONS.parents[2] / "accounts" / "tcm" / "knowledge")
    few = replace(known, notes=known.notes[:40], tables=(), lacking=frozenset())

    first, answered = measure_held_out_wordings(few, lambda _: shipped_encoder())

    assert first.asked > 20
    assert 0.5 < first.share <= 1.0
    assert answered.asked <= first.asked


def test_where_no_note_has_several_wordings_none_are_held_out() -> None:
    knowledge = read_knowledge(SHOP / "knowledge")

    (skipped,) = measure_held_out_wordings(knowledge, lambda _: shipped_encoder())

    assert skipped.why == "no note has three of them"
