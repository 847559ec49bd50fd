"""Hours and days when a rule holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

_WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_GROUPS = {"weekdays": range(5), "工作日": range(5), "weekends": range(5, 7), "周末": range(5, 7)}
_CHINESE = {character: number for number, character in enumerate("一二三四五六日")} | {"天": 6}
_SPAN = re.compile(r"\s*(\d{1,2})[:：](\d{2})\s*[-–—~～至到]\s*(\d{1,2})[:：](\d{2})\s*")


@dataclass(frozen=True, slots=True)
class Schedule:
    """Times when something holds.

    Attributes:
        spans: begin and end within a day; an end before its begin is on the next day. Empty: all
            day long.
        weekdays: from 0, Monday.
        dates: single days. With neither weekdays nor dates every day counts.
    """

    spans: tuple[tuple[time, time], ...] = ()
    weekdays: frozenset[int] = frozenset()
    dates: frozenset[date] = frozenset()

    def holds(self, now: datetime) -> bool:
        """Return whether it holds at a local time; a night belongs to the day on which it began."""
        if not self.spans:
            return self._is_day(now.date())
        return any(self._is_within(begin, end, now) for begin, end in self.spans)

    def _is_within(self, begin: time, end: time, now: datetime) -> bool:
        at, today = now.time(), now.date()
        if begin < end:
            return begin <= at < end and self._is_day(today)
        if at >= begin:
            return self._is_day(today)
        return at < end and self._is_day(today - timedelta(days=1))

    def _is_day(self, day: date) -> bool:
        if not self.weekdays and not self.dates:
            return True
        return day.weekday() in self.weekdays or day in self.dates


def read_span(text: str) -> tuple[time, time]:
    """Read `09:00-18:00`; `24:00` is the end of the day.

    Raises:
        ValueError: it is no such span.
    """
    found = _SPAN.fullmatch(text)
    if not found:
        raise ValueError(text)
    begin, end = _clock(found[1], found[2]), _clock(found[3], found[4])
    if begin == end and begin != time(0):
        raise ValueError(text)
    return begin, end


def read_days(words: Iterable[str | date]) -> tuple[frozenset[int], frozenset[date]]:
    """Read days of the week (`mon`, `周一`, `weekdays`, `周末`) and dates (`2026-10-01`).

    Raises:
        ValueError: one of them is neither; it is the error's argument.
    """
    weekdays: set[int] = set()
    dates: set[date] = set()
    for word in words:
        if isinstance(word, date):
            dates.add(word)
            continue
        plain = word.strip().lower()
        if plain in _GROUPS:
            weekdays.update(_GROUPS[plain])
        elif plain[:3] in _WEEK and plain.isascii() and plain.isalpha():
            weekdays.add(_WEEK.index(plain[:3]))
        elif re.fullmatch("(?:周|星期|礼拜)[一二三四五六日天]", plain):
            weekdays.add(_CHINESE[plain[-1]])
        else:
            dates.add(date.fromisoformat(plain))
    return frozenset(weekdays), frozenset(dates)


def _clock(hour: str, minute: str) -> time:
    if (hour, minute) == ("24", "00"):
        return time(0)
    return time(int(hour), int(minute))
