"""Which of several drafts is shown."""

import pytest

from knowledge.reranking import choose_draft, stays_on_topic


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


@pytest.mark.parametrize(
    ("question", "draft", "keeps"),
    [
        ("足三里在哪里，属于哪条经", "宗气聚在胸中。", False),
        ("足三里在哪里，属于哪条经", "足三里属于胃经。", True),
        ("还有呢？", "它味甘，性温。", True),
        ("它治什么？", "四物汤能补血。", True),
        ("黄芪", "黄芪是补气药。", True),
        ("黄芪是什么", "黄芩是清热药。", False),
        ("", "随便说说。", True),
        ("？？", "请问想聊什么？", True),
        ("什么是咳嗽", "古人认为脾为后天之本。", False),
        ("保和丸治什么？", "保和丸能消食和胃。", True),
        ("谢谢", "不客气，祝你身体健康。", True),
        ("对不起", "没关系，不必放在心上。", True),
        ("我最近总睡不好", "心里放松些，少熬夜。", True),
    ],
)
def test_a_draft_keeps_to_a_question_when_it_names_the_thing_asked_after(
    question: str, draft: str, keeps: bool
) -> None:
    assert stays_on_topic(question, draft) is keeps
