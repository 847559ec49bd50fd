"""The ledger counts what followers lost, got twice, late or in the wrong order."""

from __future__ import annotations

from tests.tools.wechat_simulator.judge import Shown
from tests.tools.wechat_simulator.ledger import Ledger
from tests.tools.wechat_simulator.pusher import Outcome

REFUSED = Shown("系统这会儿有点忙", "refusal", None)


def answer(user: int, number: int, text: str = "答") -> Shown:
    return Shown(f"{text}〔{user}.{number}〕", "answer", (user, number))


def passive(shown: Shown | None, *defects: str) -> Outcome:
    return Outcome(shown, True, 0.1, 1, 0, defects)


NOTICE = Outcome(None, False, 15.0, 3)


def asked(*marks: tuple[int, int]) -> Ledger:
    ledger = Ledger()
    for at, (user, number) in enumerate(marks):
        ledger.ask(user, number, float(at))
    return ledger


def test_a_good_run_has_nothing_to_report() -> None:
    ledger = asked((1, 1), (1, 2))
    ledger.end(1, 1, passive(answer(1, 1)), 0.5)
    ledger.end(1, 2, passive(answer(1, 2)), 1.5)

    report = ledger.report()

    assert (report.messages, report.answered) == (2, 2)
    assert report.users == report.defects == {}
    assert (report.p50_s, report.max_s) == (0.5, 0.5)
    assert ledger.waiting() == []


def test_an_acknowledged_message_without_an_answer_is_lost_until_it_is_sent() -> None:
    ledger = asked((1, 1))
    ledger.end(1, 1, passive(None), 5.0)

    assert ledger.report().lost == 1
    assert ledger.waiting() == [(1, 1)]
    ledger.sent(answer(1, 1), 7.0)
    report = ledger.report()
    assert (report.lost, report.answered, report.late) == (0, 1, 1)
    assert ledger.waiting() == []


def test_a_fault_notice_is_told_from_a_loss() -> None:
    ledger = asked((1, 1), (2, 1))
    ledger.end(1, 1, NOTICE, 15.0)
    ledger.end(2, 1, NOTICE, 15.0)
    ledger.sent(answer(2, 1), 16.0)

    report = ledger.report()

    assert (report.notices, report.saved, report.lost) == (1, 1, 0)
    assert report.users == {1: ["notices 1"]}


def test_an_answer_shown_and_sent_is_a_duplicate() -> None:
    ledger = asked((1, 1), (2, 1))
    ledger.end(1, 1, passive(answer(1, 1)), 0.5)
    ledger.sent(answer(1, 1), 2.0)
    ledger.sent(answer(2, 1), 2.0)
    ledger.sent(answer(2, 1), 2.5)

    assert ledger.report().duplicated == 2


def test_copies_of_one_message_show_one_reply_and_must_not_differ() -> None:
    ledger = asked((1, 1), (2, 1))
    for _ in range(2):
        ledger.end(1, 1, passive(answer(1, 1)), 0.5)
    ledger.end(2, 1, passive(answer(2, 1, "一")), 0.5)
    ledger.end(2, 1, passive(answer(2, 1, "二")), 0.6)

    report = ledger.report()

    assert report.duplicated == 0
    assert report.defects == {"differing_copies": 1}


def test_an_answer_behind_a_later_one_is_out_of_order() -> None:
    ledger = asked((1, 1), (1, 2), (2, 1))
    ledger.end(1, 1, passive(None), 4.5)
    ledger.end(1, 2, passive(answer(1, 2)), 4.6)
    ledger.sent(answer(1, 1), 4.7)
    ledger.end(2, 1, passive(answer(2, 1)), 5.0)

    report = ledger.report()

    assert report.out_of_order == 1
    assert report.users == {1: ["out of order 1 after 2 (service)"]}


def test_what_the_way_lost_is_not_the_services_disorder() -> None:
    ledger = asked((1, 1), (1, 2))
    ledger.end(1, 2, passive(answer(1, 2)), 1.0)
    ledger.end(1, 1, Outcome(answer(1, 1), True, 1.5, 2, 0, ("lost: on its way",)), 1.5)

    assert ledger.report().out_of_order == 0


def test_somebody_elses_answer_is_a_defect() -> None:
    ledger = asked((1, 1), (2, 1))
    ledger.end(1, 1, passive(answer(2, 1)), 0.5)

    assert ledger.report().defects == {"crossed": 1}


def test_a_refusal_is_neither_an_answer_nor_a_loss() -> None:
    ledger = asked((1, 1))
    ledger.end(1, 1, passive(REFUSED), 0.5)

    report = ledger.report()

    assert (report.refused, report.answered, report.lost) == (1, 0, 0)
