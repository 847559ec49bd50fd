"""Hours and days when a rule holds."""

from __future__ import annotations

from datetime import date, datetime

import pytest

from xinglin.account.schedule import Schedule, read_days, read_span


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def schedule(hours: list[str], days: list[str]) -> Schedule:
    weekdays, dates = read_days(days)
    return Schedule(tuple(read_span(span) for span in hours), weekdays, dates)


@pytest.mark.parametrize(
    ("hours", "days", "when", "holds"),
    [
        ([], [], "2026-11-30T03:00", True),
        (["09:00-18:00"], [], "2026-11-30T09:00", True),
        (["09:00-18:00"], [], "2026-11-30T08:59", False),
        (["09:00-18:00"], [], "2026-11-30T18:00", False),
        (["9:30至12:00", "14:00~18:00"], [], "2026-11-30T15:00", True),
        (["18:00-24:00"], [], "2026-11-30T23:59", True),
        ([], ["mon"], "2026-11-30T12:00", True),
        ([], ["周一"], "2026-12-01T12:00", False),
        ([], ["Weekdays"], "2026-12-05T12:00", False),
        ([], ["周末"], "2026-12-05T12:00", True),
        ([], ["星期天"], "2026-12-06T12:00", True),
        ([], ["2026-10-01"], "2026-10-01T12:00", True),
        ([], ["2026-10-01", "tue"], "2026-10-02T12:00", False),
        # A night belongs to the day on which it began.
        (["22:00-06:00"], ["fri"], "2026-12-04T23:00", True),
        (["22:00-06:00"], ["fri"], "2026-12-05T05:00", True),
        (["22:00-06:00"], ["fri"], "2026-12-04T05:00", False),
    ],
)
def test_a_rule_holds_when_its_owner_says(
    hours: list[str], days: list[str], when: str, holds: bool
) -> None:
    assert schedule(hours, days).holds(at(when)) is holds


@pytest.mark.parametrize("text", ["9-18", "09:00", "25:00-26:00", "09:00-09:00", "", "a:00-b:00"])
def test_a_span_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_span(text)


@pytest.mark.parametrize("text", ["someday", "周八", "2026-13-01", "m", "mon day"])
def test_a_day_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_days([text])


def test_a_date_of_toml_is_a_date() -> None:
    assert read_days([date(2026, 10, 1)]) == (frozenset(), frozenset({date(2026, 10, 1)}))
