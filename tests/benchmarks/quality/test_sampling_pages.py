import pytest

from benchmarks.quality.sampling_pages import (
    COLUMNS,
    at_diversity,
    best_table,
    books_table,
    matched_table,
)

NUMBERS = dict.fromkeys(COLUMNS, 0.5)


def one(**values):
    numbers = NUMBERS | values
    intervals = {name: [value - 0.1, value + 0.1] for name, value in numbers.items()}
    return {"reported": numbers, "interval_95": intervals, "chosen_by": 0.0}


FOUND = {
    "people": one(distinct_2=0.5, surprise=5.0),
    "greedy": one(distinct_2=0.1, precision=0.9, distance=0.7),
    "top-e: e 2": one(distinct_2=0.6, precision=0.2, surprise=5.5, distance=0.4),
    "top-e: e 1": one(distinct_2=0.4, precision=0.4, distance=0.3),
}


def test_precision_is_compared_at_equal_diversity():
    assert at_diversity([(0.4, 0.4), (0.6, 0.2)], 0.5) == pytest.approx(0.3)
    assert at_diversity([(0.4, 0.4), (0.6, 0.2)], 0.4) == pytest.approx(0.4)
    assert at_diversity([(0.4, 0.4), (0.6, 0.2)], 0.7) is None
    assert at_diversity([(0.4, 0.4)], 0.4) is None
    assert "| top-e | 0.300 |" in matched_table(FOUND)
    assert "greedy" not in matched_table(FOUND)


def test_the_best_of_each_method_comes_nearest_first():
    best = {"greedy": "greedy", "top-e": "top-e: e 2"}

    rows = best_table(FOUND, best).splitlines()

    assert [row.split(" | ")[0] for row in rows[2:]] == ["| people", "| top-e: e 2", "| greedy"]
    assert "+0.50" in rows[3]
    assert "**top-e: e 2**" in books_table(FOUND, best)
