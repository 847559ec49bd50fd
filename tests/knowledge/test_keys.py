"""Texts as numbers in sorted arrays."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from knowledge.keys import PairSet, hashed, loose_keys, ordered, packed, place, places

PIECES = st.text(min_size=1, max_size=3)


@given(st.lists(PIECES, unique=True))
def test_a_piece_has_a_number_of_its_own(pieces: list[str]) -> None:
    assert len({packed(one) for one in pieces}) == len(pieces)


@given(st.lists(PIECES, unique=True, max_size=30), st.lists(PIECES, max_size=30))
def test_a_piece_is_found_where_it_is_and_nowhere_else(known: list[str], asked: list[str]) -> None:
    keys, order = ordered([packed(one) for one in known])

    found = places(keys, map(packed, asked))

    assert [known[order[at]] for at in found] == [one for one in asked if one in known]
    for one in asked:
        at = place(keys, packed(one))
        assert (known[order[at]] == one) if one in known else at == -1
        assert (one in PairSet.of(known)) == (one in known)


def test_longer_texts_and_other_things_are_in_no_set_of_pieces() -> None:
    pairs = PairSet.of(["黄芪", "当归"])

    assert "黄芪" in pairs
    assert "黄芪当归" not in pairs
    assert "" not in pairs
    assert 5 not in pairs
    assert "黄芪" not in PairSet.of([])


def test_texts_of_any_length_have_numbers_that_fit() -> None:
    assert hashed("黄芪有什么功效" * 100) != hashed("黄芪有什么功效" * 99)
    assert np.uint64(hashed("\ud800")) >= 0


def test_loose_keys_stand_for_the_sound_and_for_any_order() -> None:
    spoken, mixed = loose_keys("黄芪有什么功效")

    assert spoken in set(loose_keys("huangqi you shenme gongxiao"))
    assert spoken in set(loose_keys("黄其有什么功效"))
    assert mixed in set(loose_keys("黄芪有什么效功"))
    assert list(loose_keys("气滞")) == [], "too short to be known by its sound"
