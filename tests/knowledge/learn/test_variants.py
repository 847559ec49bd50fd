"""A question typed otherwise is still the same question."""

from __future__ import annotations

import pytest

from knowledge.learn.variants import homophone, variants
from xinglin.normal import normal_form
from xinglin.normal.tables import sounds

PLAIN = "黄芪有什么功效"
SAME = {"traditional", "emoji", "spaces", "fillers", "no marks", "half-width", "full-width"}
CHANGES = variants(set("黄煌芪其有友什么功公工效笑"))


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_the_same_each_time_and_changes_something(name: str) -> None:
    typed = CHANGES[name]("黄芪有什么功效？")

    assert typed == CHANGES[name]("黄芪有什么功效？")
    assert typed != "黄芪有什么功效？"


@pytest.mark.parametrize("name", sorted(SAME))
def test_what_is_no_slip_has_the_same_normal_form(name: str) -> None:
    assert normal_form(CHANGES[name](PLAIN)).rstrip("？?") == PLAIN


def test_a_homophone_sounds_alike_and_is_a_common_character() -> None:
    typed = homophone(PLAIN, set("黄煌芪其有友什么功公工效笑"))

    (at,) = (at for at, pair in enumerate(zip(PLAIN, typed, strict=True)) if len(set(pair)) > 1)
    assert sounds()[PLAIN[at]] == sounds()[typed[at]]
    assert homophone("ABC", set("黄")) == "ABC"


def test_slips_keep_the_characters() -> None:
    assert len(CHANGES["doubled"](PLAIN)) == len(PLAIN) + 1
    assert sorted(CHANGES["swapped"](PLAIN)) == sorted(PLAIN)
    assert CHANGES["swapped"]("黄") == "黄"
