"""Keyword rules on the desk: added, changed, moved and removed, each as a version."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from bot.desk.publishing import current_draft
from bot.desk.rules import mark
from bot.services import current_services
from tests.bot.conftest import Platform
from tests.bot.desk.conftest import Desk
from xinglin.store import Store

pytestmark = pytest.mark.redis


def text(desk: Desk) -> str:
    with desk.client.application.app_context():
        return current_draft(current_services()).bundle.files["account.toml"].decode()


def rules(desk: Desk) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(text(desk)).get("reply", [])
    return found


def save(desk: Desk, number: int, **values: Any) -> Any:
    was = mark(rules(desk)[number - 1])
    return desk.send("PUT", f"rules/{number}", was=was, values=values)


def test_the_rules_stand_on_the_page_in_their_order_with_advice(desk: Desk) -> None:
    page = desk.page("rules")

    assert page.index("山前路一号") < page.index("后院")
    desk.send("POST", "rules", values={"match": ["地址"], "text": ["别处"]})
    assert "已由前面的规则" in desk.page("rules")


def test_a_rule_is_added_and_answers_the_next_follower(desk: Desk, platform: Platform) -> None:
    done = desk.send(
        "POST",
        "rules",
        values={"name": "", "match": ["营业时间", ""], "text": ["九点"], "pick": "random"},
    )

    assert done["version"] == 2, "the folder as it was is the first"
    assert rules(desk)[-1] == {"match": "营业时间", "text": "九点"}
    assert platform.say("营业时间？") == "九点"


def test_a_changed_rule_keeps_what_was_not_changed_and_its_comments(desk: Desk) -> None:
    save(desk, 2, contains=["停车", "车位"], text=["门口", "后院"], days=["周末"])

    assert rules(desk)[1] == {
        "contains": ["停车", "车位"], "text": ["门口", "后院"], "days": ["周末"],
    }  # fmt: skip
    assert 'text = "山前路一号"  # 一个回答' in text(desk)
    assert "# 第二条\n[[reply]]" in text(desk)


def test_another_kind_of_answer_takes_the_place_of_the_text(desk: Desk, platform: Platform) -> None:
    save(desk, 1, name="地址", match=["地址", "在哪"], ask="你们在哪条路")
    assert rules(desk)[0]["ask"] == "你们在哪条路"
    assert "text" not in rules(desk)[0]

    save(desk, 1, match=["地址"], news={"title": "地图", "url": "https://example.com/map"})

    assert rules(desk)[0] == {
        "match": "地址", "news": {"title": "地图", "url": "https://example.com/map"},
    }  # fmt: skip


def test_rules_are_moved_and_removed(desk: Desk, platform: Platform) -> None:
    first = mark(rules(desk)[0])
    desk.send("POST", "rules/1/move", was=first, to=2)
    assert [one.get("name", "") for one in rules(desk)] == ["", "地址"]

    desk.send("DELETE", "rules/2", was=first)

    assert len(rules(desk)) == 1
    assert platform.say("地址") != "山前路一号"


def test_a_preview_shows_links_and_changes_nothing(desk: Desk, store: Store) -> None:
    values = {"match": ["菜单"], "text": ["{name}的茶单"], "tap": ["看茶单|茶单"]}

    shown = desk.send("POST", "rules/preview", values=values)

    assert shown["texts"][0].startswith("山前茶铺的茶单\n<a href")
    assert store.accounts.current()[0] == 0


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"regex": ["(a+)+(?=b)"], "text": ["x"]}, "正则"),
        ({"regex": ["(?:" + "a?" * 200 + "){90}b"], "text": ["x"]}, "正则"),
        ({"text": ["x"]}, "没有写回答哪些消息"),
        ({"match": ["a"]}, "一条规则只有一个回答"),
        ({"match": ["a"], "text": ["x"], "hours": ["9点"]}, "时间要写成"),
        ({"match": ["a"], "text": ["x"], "days": ["周八"]}, "日子要写成"),
    ],
)
def test_a_rule_that_cannot_hold_is_refused_with_its_key_and_remedy(
    desk: Desk, store: Store, values: dict[str, Any], told: str
) -> None:
    found = desk.send("POST", "rules", values=values)

    assert found["code"] == 400
    assert found["problems"][0]["zh"].startswith("tea/account.toml 第 ")
    assert "reply 3" in found["problems"][0]["zh"]
    assert told in found["problems"][0]["zh"]
    assert store.accounts.current()[0] == 0


def test_a_rule_that_somebody_changed_meanwhile_is_not_overwritten(desk: Desk) -> None:
    was = mark(rules(desk)[0])
    save(desk, 1, match=["地址"], text=["甲的"])

    late = desk.send("PUT", "rules/1", was=was, values={"match": ["地址"], "text": ["乙的"]})

    assert late["code"] == 400
    assert rules(desk)[0]["text"] == "甲的"


@pytest.mark.parametrize(
    ("method", "path", "sent"),
    [("POST", "rules", {}), ("POST", "rules", {"values": []}), ("POST", "rules", {"values": {"match": 3}}),
     ("POST", "rules", {"values": {"match": "a", "news": "x"}}), ("PUT", "rules/9", {"values": {"match": "a"}}),
     ("POST", "rules/1/move", {"to": 0}), ("POST", "rules/1/move", {"to": "2"}), ("DELETE", "rules/1", {})],
)  # fmt: skip
def test_nonsense_is_refused(desk: Desk, method: str, path: str, sent: dict[str, Any]) -> None:
    assert desk.send(method, path, **sent)["code"] == 400
