"""Facts in closed words, and what is no fact."""

from __future__ import annotations

import pytest

from knowledge.library.facts import medicine_of, read_facts


@pytest.mark.parametrize(
    ("entry", "facts"),
    [
        ("味甘，平。主五脏六腑寒热邪气。", {"taste": "甘", "nature": "平"}),
        ("甘、微苦，微温，无毒。入脾、肺经。", {"taste": "甘、苦", "nature": "微温", "toxicity": "无毒", "channels": "脾、肺"}),
        ("气寒，味苦，有小毒。入足阳明经、手太阴经。", {"taste": "苦", "nature": "寒", "toxicity": "小毒", "channels": "胃、肺"}),
        ("一名野丈人，一名胡王使者。味苦，温，有毒。", {"taste": "苦", "nature": "温", "toxicity": "有毒"}),
        ("味辛，大热，有大毒。解百毒。", {"taste": "辛", "nature": "大热", "toxicity": "大毒"}),
        ("味苦，寒。无毒。入足太阴、阳明。", {"taste": "苦", "nature": "寒", "toxicity": "无毒"}),
        ("味苦（一云甘），寒。", {"taste": "苦", "nature": "寒"}),
        ("味甘，寒。能解诸毒，治毒蛇咬。", {"taste": "甘", "nature": "寒"}),
        ("味甘，温，凉。", {"taste": "甘"}),
        ("味甘，微溫，無毒。歸肝、腎經。", {"taste": "甘", "nature": "微温", "toxicity": "无毒", "channels": "肝、肾"}),
    ],
)  # fmt: skip
def test_the_head_of_an_entry_is_read(entry: str, facts: dict[str, str]) -> None:
    assert read_facts(entry) == facts


@pytest.mark.parametrize(
    "text",
    [
        "治寒热往来，口苦咽干，胸胁苦满。", "此药最能补气，人皆知之，然其性偏，寒者宜之。", "夫热病者，皆伤寒之类也。", "有毒。", "",
        "善治者先治其寒热，而后及其苦欲，若夫味之厚薄，气之升降，皆不可不辨。",
    ],
)  # fmt: skip
def test_other_texts_state_nothing(text: str) -> None:
    assert read_facts(text) == {}


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("人参", "人参"),
        ("三、黄 芪", "黄芪"),
        ("白頭翁（苦寒）", "白头翁"),
        ("四物汤", ""),
        ("论寒热", ""),
        ("", ""),
        ("卷一序例", ""),
    ],
)
def test_a_heading_names_a_medicine_or_something_else(heading: str, name: str) -> None:
    assert medicine_of(heading) == name
