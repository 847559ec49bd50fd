"""Choice among several drafts."""

import pytest

from knowledge.reranking import choose_draft


@pytest.mark.parametrize(
    ("drafts", "best"),
    [
        (["黄柏味苦。", "黄芪补气。", "青皮破气。"], "黄芪补气。"),
        (["甲乙丙丁", "戊己庚辛"], "甲乙丙丁"),
        (["黄芪", "味甘性温无毒"], "味甘性温无毒"),
        (["", "好"], ""),
    ],
)
def test_the_draft_that_keeps_to_the_question_is_shown(drafts: list[str], best: str) -> None:
    assert drafts[choose_draft("黄芪有什么功效？", drafts)] == best


def test_of_drafts_as_close_the_one_most_like_the_others_wins() -> None:
    drafts = [
        "四物汤由水银、胡椒组成。",
        "四物汤由当归、川芎、白芍、熟地黄组成。",
        "四物汤由当归、川芎、白芍、地黄组成。",
    ]

    assert choose_draft("四物汤由哪些药组成？", drafts) in {1, 2}
    assert choose_draft("四物汤由哪些药组成？", [drafts[1], drafts[0], drafts[1]]) == 0


def test_of_drafts_as_close_the_least_made_up_wins() -> None:
    drafts = ["黄芪补气固表。", "黄芪补气生津。", "与所问无关的话。"]

    assert choose_draft("黄芪有什么功效？", drafts, [0.9, 0.2, 0.1]) == 1
    assert choose_draft("黄芪有什么功效？", drafts, [0.1, 0.2, 0.1]) == 0
