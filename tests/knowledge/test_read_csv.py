"""Pairs and tables, as spreadsheets save them."""

from __future__ import annotations

import pytest

from knowledge.errors import ReadError
from knowledge.notes import Column, Table
from knowledge.read_csv import read_csv


def table(text: str) -> Table:
    found = read_csv(text, "t.csv")
    assert isinstance(found, Table)
    return found


def test_a_header_holds_a_relation_and_its_synonyms() -> None:
    found = table("名称,别名,价格｜多少钱 | 卖多少,产地\n龙井,明前、狮峰,100元,\n")

    assert found.columns == (Column("价格", ("多少钱", "卖多少")), Column("产地"))
    assert found.rows[0].names == ("龙井", "明前", "狮峰")
    assert found.rows[0].cells == {"价格": "100元"}


def test_cells_may_hold_commas_lines_and_quotation_marks() -> None:
    found = table('name,说明\n茶,"好,""香""\n茶"\n水,淡\n')

    assert found.rows[0].cells["说明"] == '好,"香"\n茶'
    assert [str(row.place) for row in found.rows] == ["t.csv, line 2", "t.csv, line 4"]


def test_tabs_and_semicolons_part_cells_too() -> None:
    assert table("name\t价格\n茶\t1\n").rows[0].cells == {"价格": "1"}
    assert table("name;价格\n茶;1,5\n").rows[0].cells == {"价格": "1,5"}


def test_rows_with_one_answer_are_wordings_of_one_note() -> None:
    found = read_csv("问题,答案\n能退吗,能。\n可以退货吗,能。\n几点开门,九点。\n", "q.csv")

    assert isinstance(found, list)
    assert [note.questions for note in found] == [("能退吗", "可以退货吗"), ("几点开门",)]


def test_rows_may_be_short_and_blank() -> None:
    assert len(table("name,价格,产地\n茶,1\n\n,,\n水,2,山\n").rows) == 2


@pytest.mark.parametrize(
    "header",
    ["品名", "花名", "药名", "商品名称", "产品", "Product", "Item", "项目|服务", "课程名字"],
)
def test_a_first_header_that_names_the_thing_begins_a_table(header: str) -> None:
    assert table(f"{header},价格\n百合,9元\n").rows[0].name == "百合"


@pytest.mark.parametrize("header", ["价格", "日期", "别名", "排名", "备注"])
def test_any_other_first_header_is_refused_in_both_languages(header: str) -> None:
    with pytest.raises(ReadError, match=f"the header begins with '{header}'") as caught:
        read_csv(f"{header},价格\n百合,9元\n", "t.csv")

    assert caught.value.zh.startswith(f"t.csv 第 1 行：表头第一格是“{header}”")


@pytest.mark.parametrize("header", ["问题,答案", "问题,回答", "Q,A", "Question,Answer", "问,答"])
def test_pairs_have_many_headers(header: str) -> None:
    found = read_csv(f"{header}\n能退吗,能。\n", "q.csv")

    assert isinstance(found, list) and found[0].answers == ("能。",)
