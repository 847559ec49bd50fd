"""Numbers in cells, as people write them."""

from __future__ import annotations

import pytest

from knowledge.notes import Place, Row
from knowledge.numbers import Quantity, comparable, quantity


@pytest.mark.parametrize(
    ("cell", "value", "unit"),
    [
        ("每斤1280元", 1280, "每斤 元"),
        ("1,280元", 1280, "元"),
        ("三十分钟", 30, "分钟"),
        ("一百二十元", 120, "元"),
        ("十五岁", 15, "岁"),
        ("两千人", 2000, "人"),
        ("1.5万元", 15_000, "元"),
        ("一九三五年", 1935, "年"),
        ("20元（儿童半价）", 20, "元"),
        ("免费", 0, ""),
    ],
)
def test_the_first_number_of_a_cell_counts_with_its_unit(
    cell: str, value: float, unit: str
) -> None:
    assert quantity(cell) == Quantity(value, unit)


def test_a_cell_without_a_number_has_none() -> None:
    assert quantity("面议") is None
    assert quantity("") is None


def test_only_what_has_one_unit_is_compared_and_free_is_the_least() -> None:
    cells = ("每斤30元", "每斤20元", "每盒9元", "免费", "面议")
    rows = [Row(str(at), (), {"价格": one}, Place("t", at)) for at, one in enumerate(cells)]

    same, others = comparable([*rows, Row("bare", (), {}, Place("t", 9))], "价格")

    assert [(value, row.name) for value, row in same] == [(30, "0"), (20, "1"), (0, "3")]
    assert [row.name for row in others] == ["2"]
