"""Each note is asked in its own wordings and in those that fit its file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from training.data_recipes.primer.items import Exchange, Note, read_exchanges
from training.data_recipes.primer.notes import (
    exchange_conversations,
    further_conversations,
    note_conversations,
)
from training.errors import DataError

YIN = Note("阴阳", ("阴阳是啥", "说说阴阳"), ("一。", "二。"))


def test_every_wording_gets_every_answer() -> None:
    assert [turns[0] for turns in note_conversations([YIN])] == [
        ("阴阳是啥", "一。"),
        ("阴阳是啥", "二。"),
        ("说说阴阳", "一。"),
        ("说说阴阳", "二。"),
    ]


def test_own_wordings_come_twice_and_general_ones_once() -> None:
    asked = [turns[0][0] for turns in further_conversations({"theory": [YIN]})["theory"]]

    assert asked.count("阴阳是啥") == 4  # two answers
    assert asked.count("什么是阴阳？") == 2
    assert asked.count("中医怎么看阴阳？") == 2


def test_of_two_notes_with_one_subject_the_first_answers_general_questions() -> None:
    culture = Note("咳嗽", ("咳嗽是什么病",), ("书里说。",))
    complaint = Note("咳嗽", ("我咳嗽",), ("辛苦了。",))

    found = further_conversations({"culture": [culture], "complaints": [complaint]})

    answers = {turns[0][0]: turns[0][1] for kind in found.values() for turns in kind}
    assert answers["咳嗽是怎么回事？"] == "书里说。"
    assert answers["咳嗽怎么办？"] == "辛苦了。"


def test_what_a_note_asks_itself_is_never_asked_of_another() -> None:
    first = Note("脾", ("脾是什么？",), ("脾是脏。",))
    second = Note("肝", ("什么是脾？",), ("肝是脏。",))

    found = further_conversations({"theory": [first, second]})["theory"]

    assert {turns[0][1] for turns in found if turns[0][0] == "什么是脾？"} == {"肝是脏。"}


def test_files_without_a_common_form_have_their_own_wordings_only() -> None:
    found = further_conversations({"talk": [Note("问好", ("你好呀",), ("您好。",))]})

    assert {turns[0][0] for turns in found["talk"]} == {"你好呀"}


def test_a_conversation_comes_in_every_wording_of_its_first_turn() -> None:
    first = Note("附子", ("附子是什么", "说说附子"), ("附子是药。",))
    second = Note("附子", ("它有毒吗", "有毒没有"), ("附子有毒。", "它有毒。"))

    found = list(exchange_conversations([Exchange("附子", (first, second))] * 2))

    assert [turns[0][0] for turns in found] == ["附子是什么", "说说附子"] * 2
    assert {turns[1][0] for turns in found} == set(second.questions)
    assert {turns[1][1] for turns in found} == set(second.answers)
    assert len({(turns[0][0], turns[1][0]) for turns in found}) == 4


@pytest.mark.parametrize(
    "turns",
    [
        [
            {"questions": ["一", "二"], "answers": ["答。"]},
            {"questions": ["三"], "answers": ["答。"]},
        ],
        [{"questions": ["一"], "answers": []}],
        [{"questions": [], "answers": ["答。"]}],
        [{"questions": ["一"]}],
        [],
    ],
)
def test_a_conversation_that_is_not_whole_is_refused_with_its_line(
    tmp_path: Path, turns: list[dict[str, list[str]]]
) -> None:
    path = tmp_path / "follow.jsonl"
    path.write_text(json.dumps({"topic": "题", "turns": turns}), encoding="utf-8")

    with pytest.raises(DataError, match="line 1"):
        read_exchanges(path)
