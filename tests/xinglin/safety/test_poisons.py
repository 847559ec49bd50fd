"""A poison that a reply names is called one."""

from __future__ import annotations

import pytest

from xinglin.safety.poisons import find_poisons, read_poisons


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
    assert {poison.degree for poison in read_poisons()} == {"deadly", "toxic", "slight"}
