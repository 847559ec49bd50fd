"""The cheapest, all under a hundred, and a list of what there is."""

from __future__ import annotations

import pytest

from knowledge.find import Finder
from knowledge.found import Band, Before, Kind
from knowledge.notes import Column, Knowledge, Note, Place, Row, Table
from knowledge.turns import Turns
from knowledge.whole_table import over_tables

_CELLS = {
    "陶艺课": ("每次120元", "90分钟", "周六"),
    "木工课": ("每次180元", "两小时", "周日"),
    "扎染课": ("每次80元", "60分钟", "周日"),
    "观鸟": ("免费", "三小时", "周六"),
}
_ROWS = tuple(
    Row(name, (), dict(zip(("费用", "时长", "日期"), cells, strict=True)), Place("活动.csv", at))
    for at, (name, cells) in enumerate(_CELLS.items(), 2)
)
TABLE = Table("活动", (Column("费用", ("多少钱",)), Column("时长"), Column("日期")), _ROWS)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("哪个活动最贵？", "费用最贵的是木工课（每次180元）。"),
        ("最便宜的课是哪一个", "费用最便宜的是观鸟（免费）。"),
        ("100元以内的活动有哪些", "费用100元以内的有扎染课（每次80元）、观鸟（免费）。"),
        ("一百五十块以上的", "费用一百五十块以上的有木工课（每次180元）。"),
        ("500元以上的有吗", "没有费用500元以上的。"),
        ("你们有哪些活动", "有陶艺课、木工课、扎染课、观鸟。"),
        ("一共有几种活动", "一共4种：陶艺课、木工课、扎染课、观鸟。"),
        (
            "活动价格表",
            "有陶艺课（每次120元）、木工课（每次180元）、扎染课（每次80元）、观鸟（免费）。",
        ),
    ],
)
def test_a_table_answers_over_all_its_rows(text: str, told: str) -> None:
    found = over_tables([TABLE], text)

    assert found is not None
    assert (found.kind, found.band) == (Kind.GROUP, Band.ANSWER)
    assert found.pieces[0].text == told


@pytest.mark.parametrize(
    "text",
    [
        "哪个老师最严",
        "最近有地铁站吗",
        "停车最便宜多少钱",
        "陶艺课多少钱",
        "有哪些优惠",
        "最好玩的是哪个",
        "哪天人最少",
    ],
)
def test_what_its_columns_do_not_measure_is_left_alone(text: str) -> None:
    assert over_tables([TABLE], text) is None


def test_units_that_differ_are_told_beside() -> None:
    rows = (*_ROWS, Row("露营", (), {"费用": "每家500元"}, Place("活动.csv", 6)))
    table = Table("活动", TABLE.columns, rows)

    found = over_tables([table], "哪个活动最贵")

    assert found is not None
    assert found.pieces[0].text == (
        "费用最贵的是木工课（每次180元）。另外，露营（每家500元），不好直接比。"
    )


def test_the_one_that_was_told_is_the_next_subject() -> None:
    note = Note("n", "停车", ("哪里停车",), ("停在后院。",), Place("n.md", 1))
    finder = Finder(Knowledge((note,), (TABLE,)))
    turns = Turns(finder)

    dearest = turns.understand("哪个最贵")
    day = turns.understand("它是周几", Before(dearest.subject))

    assert "周日" in day.pieces[0].text
    assert day.pieces[0].text.startswith("木工课")
