"""Entities by a fact: `清热药有哪些`, `鲁迅写的书有哪几本`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from knowledge.entities import spelt
from knowledge.notes import Table

_ASKS = re.compile(
    "哪些|哪几|有什么|有啥|都有|列出|列举|举几|举例|说[几出]|[几哪][味个种本款样张家]|推荐|包括|分别是"
)
_BETWEEN = re.compile("[、，,；;/]")
_LEAST, _SHORTEST, _LONGEST = 2, 2, 12
_AROUND = 12
_FRAME = re.compile(
    "常见|常用|有名|著名|主要|分别|哪些|哪几|有什么|有啥|都有|列出|列举|举几|举例|说[几出]|推荐|包括|是什么|[几哪一]?[味个种本款样张家方药书茶件]|"
    "[的了吗呢啊呀有是都给我你们这里请一下什么药方剂书茶名字出产写种属于归入经性味？。！，]"
)
Shared = tuple[str, str, list[str]]


class Groups:
    """Values that several rows of a column share."""

    def __init__(self, rows: Mapping[str, Shared]) -> None:
        """Take what `shared_values` returns."""
        self._rows = rows

    def find(self, text: str) -> tuple[str, str, str, list[str]] | None:
        """Return (value, table, column, names) where a text asks for all that have a value.

        None where it asks for something else, or says more than the value and a frame.
        """
        if not _ASKS.search(text) or len(text) > _LONGEST + 2 * _AROUND:
            return None
        for size in range(min(_LONGEST, len(text)), _SHORTEST - 1, -1):
            for at in range(len(text) - size + 1):
                value = text[at : at + size]
                if value in self._rows:
                    table = self._rows[value][0]
                    rest = set(_FRAME.sub("", text[:at] + text[at + size :])) - set(table)
                    return (value, *self._rows[value]) if len(rest) <= 1 else None
        return None


def shared_values(tables: Iterable[Table]) -> dict[str, Shared]:
    """Return the values that several rows share: (table, column, names) of each."""
    found: dict[str, dict[tuple[str, str], list[str]]] = {}
    for table in tables:
        for row in table.rows:
            for column, cell in row.cells.items():
                for one in {one.strip() for one in _BETWEEN.split(cell)}:
                    # One character is said with its column's: 苦味, 肺经.
                    value = one if len(one) >= _SHORTEST else f"{one}{column[-1:]}"
                    if one and len(value) <= _LONGEST:
                        places = found.setdefault(spelt(value), {})
                        places.setdefault((table.id, column), []).append(row.name)
    shared: dict[str, Shared] = {}
    for value, places in found.items():
        (table_id, column), names = max(places.items(), key=lambda one: len(one[1]))
        if len(names) >= _LEAST:
            shared[value] = (table_id, column, names)
    return shared
