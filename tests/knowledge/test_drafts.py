"""Choice of the draft that a follower gets."""

from knowledge.check import Checker, Fault
from knowledge.drafts import REFUSAL, best, choose, judge, refuses
from knowledge.ranker import Candidate

EVIDENCE = ["黄芪味甘，性微温，归脾、肺经。"]
RIGHT = "黄芪是性微温，归脾、肺经。"
WRONG = "黄芪味苦，性大寒。"


def test_the_first_draft_that_passes_is_shown(checker: Checker) -> None:
    choice = choose(checker, [WRONG, RIGHT, EVIDENCE[0]], EVIDENCE, "黄芪是温的吗")

    assert (choice.at, choice.text) == (1, RIGHT)
    assert [one.passes for one in choice.verdicts] == [False, True]


def test_a_draft_with_a_word_that_stands_nowhere_is_not_shown(checker: Checker) -> None:
    slipped = "黄芪味甘，性微温，归脾、肺经脉。"
    assert checker.check(slipped, EVIDENCE).passes
    assert [one.fault for one in judge(checker, slipped, EVIDENCE, "").reasons] == [Fault.STRAYS]


def test_where_none_passes_none_is_shown(checker: Checker) -> None:
    choice = choose(checker, [WRONG, "", "当归补血活血。"], EVIDENCE, "黄芪是温的吗")
    assert choice.at is None and choice.text == ""
    assert len(choice.verdicts) == 3


def test_a_refusal_is_no_answer_though_nothing_in_it_is_false(checker: Checker) -> None:
    assert refuses(REFUSAL) and refuses(f" {REFUSAL[:-1]}")
    assert not refuses(RIGHT)
    assert choose(checker, [REFUSAL], [REFUSAL], "黄芪是温的吗").at is None


def test_small_talk_passes_unless_it_claims_something_of_medicine(checker: Checker) -> None:
    assert choose(checker, ["黄芪味甘，性微温。", "你好呀。"], [], "你好").at == 1


def test_where_none_passes_a_slip_is_mended(checker: Checker) -> None:
    choice = choose(
        checker, ["完全是别的话。", "黄芪味甘，性微温，归脾、腓经。"], EVIDENCE, "黄芪呢"
    )
    assert (choice.at, choice.text) == (1, EVIDENCE[0])
    assert not any(one.passes for one in choice.verdicts)


def test_of_drafts_that_passed_the_least_made_up_is_shown_and_one_without_slips_first() -> None:
    drafts = [
        Candidate("甲", 0.3, 1.0),
        Candidate("乙", 0.1, 1.0, mended=True),
        Candidate("丙", 0.2, 0.9),
    ]

    assert best("问", drafts) == 2
    assert best("问", drafts[1:2]) == 0
    assert best("问", []) == -1
