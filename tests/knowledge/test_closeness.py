"""Numbers on which the bands are fitted."""

from __future__ import annotations

from knowledge.closeness import COUNT, closeness
from knowledge.found import Piece
from knowledge.notes import Note, Place

NOTE = Note("n", "泡脚", ("泡脚有什么好处",), ("泡脚让脚部温暖。",), Place("n.md", 1))


def piece(topic: str, score: float) -> Piece:
    return Piece(f"note:{topic}", "", topic, "", "", score)


def test_a_topic_of_the_same_family_takes_nothing_of_the_lead() -> None:
    pieces = [piece("泡脚", 0.8), piece("艾叶泡脚", 0.7), piece("刮痧", 0.5)]

    numbers = closeness("泡脚好不好", pieces, NOTE)

    assert len(numbers) == COUNT
    score, lead, lead_of_family, topic, *_ = numbers
    assert (score, round(lead, 3), round(lead_of_family, 3), topic) == (0.8, 0.1, 0.3, 1.0)


def test_words_aspects_and_letters_count() -> None:
    alone = [piece("泡脚", 0.8)]

    known = closeness("泡脚温暖吗", alone, NOTE)
    strange = closeness("泡脚桶多少钱", alone, NOTE)
    typed = closeness("pao jiao hao ma", alone, NOTE)

    assert known[4] > strange[4]
    assert (known[5], strange[5]) == (0.0, 1.0)
    assert (known[6], typed[6]) == (0.0, 1.0)
    assert typed[4] == 0.5, "letters say nothing of words"
