"""Small talk answers what it has words for, and nothing else."""

from __future__ import annotations

import pytest

from knowledge.notes import Note, Place
from knowledge.talk import is_beside


def note(file: str) -> Note:
    return Note("n", "你会什么", ("你会什么", "我可以问你什么"), ("什么都可以。",), Place(file, 1))


@pytest.mark.parametrize(
    ("file", "text", "beside"),
    [
        ("talk.txt", "您都会什么呀", False),
        ("sub/Talk.md", "可以问吗", False),
        ("talk.txt", "我可以退款吗", True),
        ("talk.jsonl", "你会修伞吗", True),
        ("faq.txt", "我可以退款吗", False),
        ("table-talk.txt", "我可以退款吗", False),
    ],
)
def test_each_character_with_a_meaning_must_stand_in_it(file: str, text: str, beside: bool) -> None:
    assert is_beside(note(file), text) is beside
