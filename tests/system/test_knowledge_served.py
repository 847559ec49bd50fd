"""Followers of a real service get what stands written: web, Redis and workers as processes."""

from __future__ import annotations

import itertools
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from knowledge.reading import read_folder
from tests.shipped import TCM
from tests.tools.wechat_simulator.pusher import Pusher
from tests.tools.wechat_simulator.stack import ROOT, Stack
from tests.tools.wechat_simulator.wire import Account
from tests.waiting import until

pytestmark = [pytest.mark.slow, pytest.mark.redis]
ENV = {
    "XINGLIN_WECHAT_TOKEN": "knowledge",
    "XINGLIN_ADMIN_TOKEN": "knowledge-admin-token",
    "XINGLIN_USER_RATE": "",
    "XINGLIN_LEASE_S": "2",
    "XINGLIN_BACKEND": "cpu",
}
NOTES = {
    "hours.txt": "问：几点开门\n问：什么时候营业\n答：周二到周日早上十点到晚上八点，周一休息。\n",
    "price.csv": "名称,价格|多少钱,尺寸\n小花瓶,86元,高12厘米\n大茶盘,320元,长40厘米\n",
    "way.md": "# 怎么去陶艺馆\n在梧桐路17号，地铁2号线青石桥站B口出来走五分钟。\n",
}
_NUMBERS = itertools.count(10**6)


class Follower:
    """Writes to a stack, and reads what is shown."""

    def __init__(self, stack: Stack, openid: str) -> None:
        self._pusher = Pusher(Account("knowledge", "", "", "plain"), [stack.base + "/wechat"])
        self._openid = openid

    def ask(self, text: str, *, labelled: bool = True) -> str:
        outcome = self._pusher.text(self._openid, text, str(next(_NUMBERS)), labelled=labelled)
        while (
            outcome.shown is not None and "msgmenucontent=%E7%BB%A7%E7%BB%AD" in outcome.shown.text
        ):
            time.sleep(0.3)  # late: the tap that brings it
            outcome = self._pusher.text(self._openid, "继续", str(next(_NUMBERS)), labelled=False)
        assert outcome.shown is not None, outcome.defects
        return outcome.shown.text


@pytest.fixture(scope="module")
def tcm() -> Iterator[Stack]:
    running = Stack(ENV, workers=2, wait_s=120)
    yield running
    running.close()


@pytest.fixture
def owner(tmp_path: Path) -> Iterator[tuple[Stack, Path]]:
    """A fresh owner's account with three small files, and the service that answers from it."""
    notes = tmp_path / "pottery" / "knowledge"
    notes.mkdir(parents=True)
    (notes.parent / "account.toml").write_text('name = "陶艺馆"\nmedical = false\n', "utf-8")
    for name, text in NOTES.items():
        (notes / name).write_text(text, encoding="utf-8")
    running = Stack(ENV | {"XINGLIN_ACCOUNT": str(notes.parent)}, workers=1, wait_s=120)
    yield running, notes
    running.close()


def test_a_follower_gets_the_right_cell_however_it_is_typed(tcm: Stack) -> None:
    follower = Follower(tcm, "oTyping")

    for typed in (
        "杜仲归哪几经",
        "杜仲歸哪幾經？",
        "duzhong归哪几经",
        "杜仲 归 哪 几 经😊",
        "杜众归哪几经",
    ):
        assert "归肝、肾经" in follower.ask(typed), typed


def test_follow_ups_and_what_nobody_wrote_down(tcm: Stack) -> None:
    follower = Follower(tcm, "oFollowing")

    assert "川芎" in follower.ask("四物汤由什么组成")
    assert follower.ask("它治什么").startswith("四物汤")
    assert "人参" in follower.ask("那四君子汤由什么组成呢")
    assert follower.ask("禹余粮有什么功效").startswith(TCM.texts.not_found)
    assert "四君子汤" not in follower.ask("它归什么经")


def test_a_hundred_followers_at_once_while_a_worker_is_killed(tcm: Stack) -> None:
    (herbs,) = (
        table
        for table in read_folder(ROOT / "accounts/tcm/knowledge").tables
        if table.id == "herbs"
    )
    rows = herbs.rows[:100]
    killer = threading.Timer(0.4, tcm.kill_worker, [0])

    killer.start()
    with ThreadPoolExecutor(100) as pool:
        told = list(
            pool.map(
                lambda one: Follower(tcm, f"oCrowd{one[0]}").ask(f"{one[1].name}是什么性味"),
                enumerate(rows),
            )
        )
    killer.join()

    for row, text in zip(rows, told, strict=True):
        assert row.name in text
        assert all(taste in text for taste in re.split("[、，]", row.cells["味"])), text


def test_an_owners_three_files_are_answered_from_and_nothing_else_is_made_up(
    owner: tuple[Stack, Path],
) -> None:
    stack, notes = owner
    follower = Follower(stack, "oOwner")

    assert "86元" in follower.ask("小花瓶多少钱一个")
    assert "高12厘米" in follower.ask("它有多大尺寸")
    assert "周一休息" in follower.ask("你们什么时候营业呀")
    assert "梧桐路17号" in follower.ask("怎么去陶艺馆")
    for asked in ("黄芪有什么功效", "你们有没有会员卡可以办", "明天会下雪吗？"):
        text = follower.ask(asked)
        assert text.startswith(("这个我不知道", TCM.texts.offered)), text

    (notes / "card.txt").write_text("问：有没有会员卡可以办\n答：有，充三百送五十。\n", "utf-8")
    until(lambda: "充三百送五十" in follower.ask("你们有没有会员卡可以办"))

    (notes / "bad.csv").write_text("颜色,价格\n红,1\n", "utf-8")
    until(lambda: "bad.csv, line 1" in str(stack.live_workers()[0]["problem"]))
    assert "充三百送五十" in follower.ask("有没有会员卡可以办")
