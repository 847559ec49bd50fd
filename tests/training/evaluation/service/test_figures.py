"""Figures stand beside their floors."""

from __future__ import annotations

from training.evaluation.service.asking import Reply
from training.evaluation.service.figures import (
    Share,
    Skipped,
    Time,
    as_records,
    count,
    table,
    time_records,
)

REPLIES = [(Reply((str(n),), "text", by="note"), n != 3, "wanted") for n in range(4)]


def test_what_does_not_count_is_kept_for_a_reader() -> None:
    share = count("right", REPLIES, 0.5)

    assert (share.hits, share.asked, share.met) == (3, 4, True)
    assert [one.turns for one in share.failed] == [("3",)]
    assert share.failed[0].by == "note, fixed"


def test_of_what_should_never_be_the_cases_are_kept() -> None:
    share = count("false", REPLIES, 0.0, most=True)

    assert not share.met
    assert [one.turns for one in share.failed] == [("0",), ("1",), ("2",)]


def test_a_share_of_nothing_promises_nothing() -> None:
    assert Share("x", 0, 0).met
    assert not Share("x", 0, 0, 0.5).met
    assert "0.0% to 100.0%" in table(as_records([Share("x", 0, 0)]))


def test_times_are_kept_apart() -> None:
    figures = [Share("a", 0, 9, 0.0, most=True), Time("t", 7.0, 3, 6.0), Skipped("q", "no books")]

    page = table(as_records(figures), time_records(figures))

    assert "| a | 0 (0.0%) | 0.0% to 29.9% | 9 | at most 0% | met |" in page
    assert "| q | skipped: no books |" in page
    assert page.endswith("| t | 7.0 ms | | 3 | at most 6 ms | **not met** |")
