"""Syllables of characters and of pinyin."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinglin.normal import split_pinyin, syllable, syllables
from xinglin.normal.sounds import known_syllables


@pytest.mark.parametrize(
    ("word", "parts"),
    [
        ("huangqi", ("huang", "qi")),
        ("xiangsi", ("xiang", "si")),
        ("woxiangsi", ("wo", "xiang", "si")),
        ("banlangen", ("ban", "lan", "gen")),
        ("hello", ()),
        ("iphone", ()),
        ("", ()),
        ("x" * 100, ()),
    ],
)
def test_pinyin_is_cut_into_few_syllables(word: str, parts: tuple[str, ...]) -> None:
    assert split_pinyin(word) == parts


def test_characters_and_pinyin_sound_alike() -> None:
    assert syllables("自杀") == syllables("zi sha") == syllables("ZiSha") == syllables("zì shā")
    assert syllables("中du了") == ["zhong", "du", "le"]
    assert syllables("看iphone") == ["kan", "iphone"]
    assert syllable("绿") == "lv"
    assert syllable("x") == "x"


@given(st.lists(st.sampled_from(sorted(known_syllables())), min_size=1, max_size=12))
def test_every_row_of_syllables_can_be_cut(parts: list[str]) -> None:
    word = "".join(parts)
    cut = split_pinyin(word)

    if len(word) <= 60:
        assert "".join(cut) == word
        assert len(cut) <= len(parts)
