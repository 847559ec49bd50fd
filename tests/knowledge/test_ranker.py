"""The ranker's numbers, and what of Redis it refuses."""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np
import pytest

from knowledge.errors import KnowledgeError
from knowledge.ranker import NAMED, SIZE, Candidate, Ranker, bucket_of, features, pairs_of

QUESTION = "黄芪有什么功效？"


def ranker(**weights: float) -> Ranker:
    """A ranker with these weights of the named numbers, and none of others."""
    named = [weights.get(name, 0.0) for name in NAMED]
    return Ranker(3, (0.0,) * 4, (1.0,) * 4, (*named, *(0.0,) * (SIZE - 4)), 0.0)


def test_numbers_are_finite_and_of_one_size_for_any_text() -> None:
    for text in ("", "。", "黄芪补气。", "a" * 5000, "\ud800", "👍" * 40):
        row = features(text, Candidate(text, 1e9, 0.5, True))

        assert row.shape == (SIZE,)
        assert np.isfinite(row).all()
        assert (row[:4] == [16.0, 0.5, 1.0, math.log1p(len(text))]).all()
        assert np.linalg.norm(row[4:]) < 1.5


def test_a_pair_of_characters_counts_in_its_bucket_and_the_question_in_others() -> None:
    text = "请您放心。"
    alone, crossed = np.split(features(QUESTION, Candidate(text, 0.1, 1.0))[4:], 2)

    assert {bucket_of(pair) - 4 for pair in pairs_of(text)} == set(np.flatnonzero(alone))
    other = features("当归呢", Candidate(text, 0.1, 1.0))[4:]
    assert (np.split(other, 2)[0] == alone).all()
    assert (np.split(other, 2)[1] != crossed).any()
    traditional = features("黃芪有什麼功效", Candidate(text, 0.1, 1.0))[4:]
    assert (traditional == np.concatenate([alone, crossed])).all(), "read in the normal form"


def test_a_score_is_the_weighted_sum() -> None:
    short, long = Candidate("补气。", 0.5, 1.0), Candidate("补气。" * 9, 0.5, 1.0)

    assert ranker(length=-1.0).score(QUESTION, short) == pytest.approx(-math.log1p(3))
    assert ranker(length=-1.0).score(QUESTION, short) > ranker(length=-1.0).score(QUESTION, long)
    assert ranker(bits=2.0).score(QUESTION, short) == pytest.approx(1.0)


def test_it_comes_back_from_what_is_published() -> None:
    made = ranker(bits=-0.5)

    assert Ranker.of_fields(3, json.loads(json.dumps(made.fields()))) == made


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"features": 2}, "train it again"),
        ({"features": None}, "train it again"),
        ({"weights": [0.0]}, "damaged"),
        ({"weights": None}, "damaged"),
        ({"means": ["x"] * 4}, "damaged"),
        ({"bias": float("nan")}, "damaged"),
    ],
)
def test_what_it_cannot_use_is_refused_with_a_remedy(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(KnowledgeError, match=words):
        Ranker.of_fields(3, ranker().fields() | changed)
