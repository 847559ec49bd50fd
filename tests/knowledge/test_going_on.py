"""Follow-ups on what stands before, and notes that ask the same of different things."""

from __future__ import annotations

import pytest

from knowledge.going_on import are_rivals, beside, head, shares_words


@pytest.mark.parametrize(
    ("wording", "question", "before"),
    [
        ("羽毛球拍怎么保养", "怎么保养", "羽毛球拍"),
        ("羽毛球拍应该怎么保养呢", "那怎么保养啊？", "羽毛球拍"),
        ("请问你们一般怎么保养", "怎么保养", ""),
        ("会员能不能退", "能退吗", ""),
        ("怎么保养羽毛球拍", "怎么保养", ""),
        ("怎么保养", "怎么保养", ""),
    ],
)
def test_a_head_is_what_a_wording_puts_before_a_question(
    wording: str, question: str, before: str
) -> None:
    assert head(wording, question) == before


def test_notes_with_other_heads_are_rivals() -> None:
    assert are_rivals([["网球拍怎么保养"], ["跑鞋怎么保养"]], "怎么保养")
    assert not are_rivals([["网球拍怎么保养"], ["几点关门"]], "怎么保养")
    assert not are_rivals([["怎么保养", "网球拍怎么保养"], ["跑鞋怎么保养"]], "怎么保养")
    assert not are_rivals([], "怎么保养")


def test_wordings_stand_beside_each_other() -> None:
    assert beside("跑鞋怎么保养", "网球拍怎么保养？")
    assert not beside("怎么保养", "网球拍怎么保养")
    assert not beside("可以停车吗", "可以退货吗")
    assert shares_words(["球拍如何保养"], "怎么保养")
    assert not shares_words(["球拍多重"], "怎么保养")
