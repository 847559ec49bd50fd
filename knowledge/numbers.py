"""Numbers of cells that can be held against each other: `每斤1280元`, `三十分钟`, `免费`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from knowledge.notes import Row

_FREE = re.compile("免费|不收费|不要钱|赠送")
_DIGITS = {character: number for number, character in enumerate("零一二三四五六七八九")}
_DIGITS |= {"〇": 0, "两": 2}
_PLACES = {"十": 10, "百": 100, "千": 1000}
_NUMBER = re.compile("([0-9][0-9,]*(?:\\.[0-9]+)?|[零〇一二两三四五六七八九十百千]+)(万|亿)?")
_LARGE = {"万": 10_000, "亿": 100_000_000, None: 1}
_UNIT = 3


@dataclass(frozen=True, slots=True)
class Quantity:
    """The first number of a cell.

    Attributes:
        value: with 万 counted in.
        unit: what stands before and behind it, which must be the same to compare: 每斤 元.
    """

    value: float
    unit: str


def quantity(cell: str) -> Quantity | None:
    """Return the first number of a cell; None where there is none."""
    found = _NUMBER.search(cell)
    if found is None:
        return Quantity(0.0, "") if _FREE.search(cell) else None
    behind = re.match(f"[^0-9，。；、,;（(~～-]{{0,{_UNIT}}}", cell[found.end() :])
    unit = f"{cell[: found.start()]} {behind[0] if behind else ''}".strip()
    return Quantity(_value(found[1]) * _LARGE[found[2]], unit)


def comparable(rows: Iterable[Row], column: str) -> tuple[list[tuple[float, Row]], list[Row]]:
    """Return the rows whose numbers have the commonest unit, and those with a number of another.

    Free is the least in any unit.
    """
    found = [(quantity(row.cells[column]), row) for row in rows if column in row.cells]
    known = [(one, row) for one, row in found if one is not None]
    units = Counter(one.unit for one, _ in known if one.unit)
    if not units:
        return [(one.value, row) for one, row in known], []
    common = units.most_common(1)[0][0]
    same = [(one.value, row) for one, row in known if one.unit in ("", common)]
    return same, [row for one, row in known if one.unit not in ("", common)]


def _value(text: str) -> float:
    if text[0] in "0123456789":
        return float(text.replace(",", ""))
    total, digit = 0, 0
    for character in text:
        if character in _PLACES:
            total += (digit or 1) * _PLACES[character]
            digit = 0
        else:
            digit = digit * 10 + _DIGITS[character] if digit and total == 0 else _DIGITS[character]
    return float(total + digit)
