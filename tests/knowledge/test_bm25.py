"""BM25 against its formula, and everyday concepts."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from knowledge.bm25 import Bm25, count_common, grams, index_texts, shipped_common
from knowledge.concepts import concepts

TEXTS = [["失眠怎么办", "睡前少看手机"], ["胃痛怎么办"], ["手机坏了"]]


def plain_score(question: str, at: int) -> float:
    counts = [Counter(g for text in parts for g in grams(text)) for parts in TEXTS]
    mean = np.mean([sum(one.values()) for one in counts])
    norm = 1.2 * (0.25 + 0.75 * sum(counts[at].values()) / mean)
    total = 0.0
    for gram in set(grams(question)):
        seen, times = sum(gram in one for one in counts), counts[at][gram]
        if times:
            idf = max(math.log((len(TEXTS) + 1) / (seen + 0.5)), 0.01)
            total += idf * times * 2.2 / (times + norm)
    return total / len(question)


@pytest.mark.parametrize("question", ["失眠怎么办", "手机", "水"])
def test_scores_are_those_of_the_formula(question: str) -> None:
    expected = [plain_score(question, at) for at in range(3)] if question != "水" else [0, 0, 0]

    assert Bm25(index_texts(TEXTS)).scores(question) == pytest.approx(expected, rel=1e-5)


def test_nothing_known_scores_nothing() -> None:
    assert not Bm25(index_texts(TEXTS)).scores("").any()
    assert Bm25(index_texts([])).scores("水").shape == (0,)


def test_words_of_one_concept_meet() -> None:
    assert set(concepts("几点打烊")) & set(concepts("什么时候关门"))
    plain, everyday = (
        Bm25(index_texts([["打烊"], ["停车"]])),
        Bm25(index_texts([["打烊"], ["停车"]], shipped_common())),
    )

    assert not plain.scores("关门").any()
    assert everyday.scores("关门").argmax() == 0


def test_common_pieces_are_counted() -> None:
    common = count_common(["怎么办", "怎么样", "好"])

    assert (common.times("怎么"), common.times("好"), common.questions) == (2, 1, 3)
