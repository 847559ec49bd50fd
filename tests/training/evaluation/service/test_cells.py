"""Cells are judged by what a follower reads."""

from __future__ import annotations

import pytest

from training.evaluation.service.asking import Reply, Service
from training.evaluation.service.cells import WORDINGS, Cell, cells, judge, measure_cells

TASTE = Cell("herbs", "黄芪", "味", "甘、苦")


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (Reply(("?",), "", "黄芪味甘、苦。", "cell", answers=True), "right"),
        (Reply(("?",), "", "黄芪味甘。", "cell", answers=True), "beside"),
        (Reply(("?",), "", "当归味甘、苦。", "cell", answers=True), "false"),
        (Reply(("?",), "", "补气的药。", "note", answers=True), "beside"),
        (Reply(("?",), "", "黄芪味甘、苦。", "offered"), "silent"),
    ],
)
def test_a_reply_is_right_false_beside_or_silent(reply: Reply, verdict: str) -> None:
    assert judge(TASTE, reply) == verdict


def test_columns_of_another_owner_are_asked_by_their_names() -> None:
    cell = Cell("茶叶", "龙井", "价格", "1元")

    assert cell.questions == ("龙井的价格", "龙井，价格是什么", "请问龙井的价格呢")
    assert TASTE.questions[0] == "黄芪尝起来是什么味儿"


def test_every_column_of_the_shipped_tables_has_wordings(tcm: Service) -> None:
    found = list(cells(tcm.finder))

    assert {(one.table, one.column) for one in found} == set(WORDINGS)
    assert len(found) > 2000


def test_a_shops_table_is_told_rightly(shop: Service) -> None:
    right, false = measure_cells(shop)

    assert right.asked == 3 * len(list(cells(shop.finder)))
    assert right.share > 0.9
    assert (false.hits, false.met) == (0, True)
