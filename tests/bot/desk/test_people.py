"""Followers who wait for a person, as the desk's page shows them, and the owner's answers there."""

from __future__ import annotations

from typing import Any

import pytest

from bot.services import current_services
from tests.bot.conftest import Platform
from tests.bot.desk.conftest import TOML, Desk
from tests.bot.signing import AUTH
from xinglin.store import Store, Turn

pytestmark = pytest.mark.redis
OWN = TOML.replace("[scenes]", "[handover]\ntimeout = 5\n\n[scenes]")


@pytest.fixture
def folder(folder: Any) -> Any:
    (folder / "account.toml").write_text(OWN, "utf-8")
    return folder


@pytest.fixture
def kept(app: Any) -> Store:
    with app.app_context():
        return current_services().store


def people(desk: Desk) -> list[dict[str, Any]]:
    answer = desk.client.get("/admin/desk/people/list", headers=AUTH)
    found: list[dict[str, Any]] = answer.json["people"]
    return found


def test_who_waits_is_on_the_page_with_what_was_written(
    desk: Desk, platform: Platform, kept: Store
) -> None:
    assert people(desk) == []
    assert "5 分钟" in desk.page("people")
    platform.say("转人工")
    platform.say("茶叶还没到")

    (one,) = people(desk)
    assert (one["state"], one["reason"]) == ("waiting", "asked")
    assert one["user"] == kept.user_key("o1")
    assert [said["text"] for said in one["said"]] == ["转人工", "茶叶还没到"]
    assert 0 < one["until"] - one["since"] <= 300


def test_the_turns_before_are_shown_where_they_are_kept(desk: Desk, kept: Store) -> None:
    user = kept.user_key("o9")
    kept.inbox.accept(user, "o9", "1", "龙井贵吗", wait_s=0)
    claim = kept.turns.take(user)
    assert claim is not None
    from xinglin.store import Reply

    kept.turns.commit(claim, Reply("不知道", True, "m", "1", "o9"), Turn("龙井贵吗", "不知道", 1.0))
    kept.handovers.meet(user, "o9", "2", "人工", wants="person", timeout_s=60)

    assert people(desk)[0]["before"] == [{"user": "龙井贵吗", "assistant": "不知道"}]


def test_an_answer_is_taken_once_and_noted_without_its_words(
    desk: Desk, platform: Platform, kept: Store
) -> None:
    platform.say("转人工")
    path = f"people/{kept.user_key('o1')}/answer"

    first = desk.send("POST", path, text="明天到", id="0123abcd")
    again = desk.send("POST", path, text="明天到", id="0123abcd")

    assert (first["code"], again["code"], again["known"]) == (200, 200, True)
    assert people(desk)[0]["state"] == "answered"
    noted = [entry for entry in kept.audit.entries() if entry["what"] == "handover_answered"]
    assert len(noted) == 1
    assert "明天到" not in str(noted)
    assert platform.say("继续") == "明天到"


def test_handing_back_ends_it(desk: Desk, platform: Platform, kept: Store) -> None:
    platform.say("转人工")
    path = f"people/{kept.user_key('o1')}/back"

    assert desk.send("POST", path, id="0123abcd")["code"] == 200
    assert people(desk) == []
    gone = desk.send("POST", path, id="0123abce")
    assert gone["code"] == 404
    assert "机器人" in gone["problems"][0]["zh"]


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("people/xyz/answer", {"text": "好", "id": "0123abcd"}),
        (f"people/{'0' * 24}/answer", {"text": " ", "id": "0123abcd"}),
        (f"people/{'0' * 24}/answer", {"text": "好" * 2001, "id": "0123abcd"}),
        (f"people/{'0' * 24}/answer", {"text": ["好"], "id": "0123abcd"}),
        (f"people/{'0' * 24}/answer", {"text": "好", "id": "id"}),
        (f"people/{'0' * 24}/back", {}),
    ],
)
def test_what_cannot_be_used_is_refused_in_both_languages(
    desk: Desk, path: str, fields: dict[str, Any]
) -> None:
    refused = desk.send("POST", path, **fields)

    assert refused["code"] == 400
    assert refused["problems"][0]["zh"]
    assert refused["problems"][0]["en"] == refused["error"]
