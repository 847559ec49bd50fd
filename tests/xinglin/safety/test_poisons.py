"""A poison that a reply names is called one."""

from __future__ import annotations

import json

import pytest

from xinglin.policy import danger
from xinglin.safety.poisons import FILE, find_poisons, read_poisons
from xinglin.safety.veto import without_harmless_claims


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("六味地黄丸由熟地黄、水银组成。", ["水银"]),
        ("附子味辛，性温，无毒。", ["附子"]),
        ("朱砂与雄黄，又朱砂。", ["朱砂", "雄黄"]),
        ("附子大热，有毒，须由医师斟酌。", []),
        ("四物汤由当归、川芎、白芍、熟地黄组成。", []),
        ("生马钱子治痹。", ["生马钱子"]),
        ("", []),
    ],
)
def test_poisons_are_found_where_nothing_warns_of_them(text: str, named: list[str]) -> None:
    assert [name for name, _ in find_poisons(text)] == named


def test_every_name_stands_for_one_poison() -> None:
    names = [name for poison in read_poisons() for name in (poison.name, *poison.aliases)]

    assert len(names) > 300
    assert len(set(names)) == len(names)
    assert {poison.degree for poison in read_poisons()} == {
        "deadly",
        "toxic",
        "slight",
        "cautioned",
    }


def test_a_cautioned_herb_has_its_harm_and_a_source() -> None:
    rows = map(json.loads, FILE.read_text(encoding="utf-8").splitlines())
    cautioned = [row for row in rows if row["degree"] == "cautioned"]

    assert {"何首乌", "补骨脂"} <= {row["name"] for row in cautioned}
    assert all(row["harm"] and row["source"] for row in cautioned)


@pytest.mark.parametrize(
    "text", ["何首乌有毒吗", "何首乌可以泡酒吗", "補骨脂有沒有毒", "首乌能天天喝吗"]
)
def test_a_cautioned_herb_is_not_called_harmless(text: str) -> None:
    answer = danger(text)

    assert answer is not None
    assert "不能说它无毒" in answer or "120" in answer
    reply = "何首乌无毒。它以根入药。"
    assert without_harmless_claims(reply, text) == "它以根入药。"


@pytest.mark.parametrize("text", ["何首乌有什么功效", "首乌藤是什么", "何首乌的传说"])
def test_a_cautioned_herb_may_be_asked_about(text: str) -> None:
    assert danger(text) is None
    assert not find_poisons("何首乌补益精血。")
