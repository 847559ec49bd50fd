"""A question tried on the desk: what answers it, and that nothing of it is kept."""

from __future__ import annotations

import pytest

from tests.bot.conftest import StoreWorker
from tests.bot.desk.conftest import Desk
from xinglin.store import Store

pytestmark = pytest.mark.redis


@pytest.mark.parametrize(
    ("text", "step", "reply"),
    [
        ("地址在哪？", "notes", "答："),
        ("地址", "rule", "山前路一号"),
        ("帮助", "command", "指令"),
        ("我胸口剧痛喘不上气", "danger", "120"),
    ],
)
def test_it_says_what_answers(
    desk: Desk, worker: StoreWorker, text: str, step: str, reply: str
) -> None:
    found = desk.send("POST", "trial", text=text)

    assert found["step"] == step
    assert reply in found["reply"]


def test_a_rule_is_named_with_what_it_fits(desk: Desk) -> None:
    assert desk.send("POST", "trial", text="在哪")["name"] == "1 (地址), match 在哪"


def test_a_reply_from_the_notes_carries_the_label(desk: Desk, worker: StoreWorker) -> None:
    found = desk.send("POST", "trial", text="有红茶吗")

    assert found["label"] == "（本回答由AI生成，仅供参考）"


def test_nothing_is_kept_of_who_asked(desk: Desk, worker: StoreWorker, store: Store) -> None:
    desk.send("POST", "trial", text="有红茶吗")

    assert list(store.redis.scan_iter("xl:{*")) == []
    assert store.questions.entries() == []


def test_without_a_worker_it_says_so(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.desk.trial.WAIT_S", 0.3)

    found = desk.send("POST", "trial", text="有红茶吗")

    assert found["code"] == 400
    assert "worker" in found["problems"][0]["zh"]


@pytest.mark.parametrize("text", ["", " ", "x" * 501, None, 3])
def test_nonsense_is_refused(desk: Desk, text: object) -> None:
    assert desk.send("POST", "trial", text=text)["code"] == 400
