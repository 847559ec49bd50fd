"""The tables agree with the libraries that they were made with."""

from __future__ import annotations

import pytest

from xinglin.normal.tables import simplified, sounds


def test_no_simplified_character_is_traditional_itself() -> None:
    table = simplified()

    assert len(table) > 2900
    assert not [chr(code) for code, plain in table.items() if ord(plain) in table]


def test_the_tables_are_those_of_the_libraries() -> None:
    pytest.importorskip("opencc")
    pytest.importorskip("pypinyin")
    from xinglin.normal.make_tables import pairs, readings

    assert {ord(character): plain for character, plain in pairs()} == simplified()
    found = {c: syllable for syllable, characters in readings().items() for c in characters}
    assert found == sounds()
