"""In how many passages each pair of characters stands, so that the rarest are asked for first.

One row for each first character: its second characters, in order, and a byte for each of them,
eight times the binary logarithm of the count.
"""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator
from itertools import groupby

_STEPS = 8
ALONE = "\n"  # stands for no second character


def write_frequencies(database: sqlite3.Connection) -> None:
    """Count the terms of the index into the table `frequencies`."""
    database.execute("create virtual table temp.terms using fts5vocab(main, words, row)")
    database.executemany("insert into frequencies values(?, ?, ?)", _rows(database))
    database.execute("drop table temp.terms")


def read_frequency(database: sqlite3.Connection, term: str) -> float:
    """Return about how many passages hold a term of one or two characters; 0 for none."""
    if not 1 <= len(term) <= 2:
        return 1.0  # Latin words are few, and not counted
    row = database.execute(
        "select seconds, counts from frequencies where first = ?", (ord(term[0]),)
    ).fetchone()
    place = row[0].find(term[1:] or ALONE) if row else -1
    return float(2 ** (row[1][place] / _STEPS)) if place >= 0 else 0.0


def _rows(database: sqlite3.Connection) -> Iterator[tuple[int, str, bytes]]:
    terms = database.execute("select term, doc from temp.terms where length(term) <= 2")
    for first, group in groupby(terms, key=lambda row: row[0][0]):
        seconds, counts = zip(*((term[1:] or ALONE, count) for term, count in group), strict=True)
        steps = bytes(min(255, round(_STEPS * math.log2(count))) for count in counts)
        yield ord(first), "".join(seconds), steps
