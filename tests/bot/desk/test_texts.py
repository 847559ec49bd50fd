"""Texts edited on the desk: previewed, published as versions, and never lost."""

from __future__ import annotations

import pytest

from bot.desk.texts import GROUPS
from tests.bot.conftest import Platform
from tests.bot.desk.conftest import Desk
from xinglin.account.texts import text_specs
from xinglin.store import Store

pytestmark = pytest.mark.redis


def set_text(desk: Desk, key: str, was: object, now: object, **more: object) -> dict[str, object]:
    found: dict[str, object] = desk.send(
        "PUT", "texts", texts={key: {"was": was, "is": now}}, **more
    )
    return found


def test_every_text_of_an_account_stands_on_the_page_once() -> None:
    keys = [key for _, _, listed in GROUPS for key in listed.split()]

    assert sorted(keys) == sorted(spec.key for spec in text_specs())


def test_a_text_is_previewed_with_its_links_and_changes_nothing(desk: Desk, store: Store) -> None:
    change = {"help": {"was": None, "is": "我是{name}。[看茶单](茶单)"}}

    shown = desk.send("POST", "texts/preview", texts=change)["shown"]

    assert shown["help"].startswith("我是山前茶铺。<a href")
    assert store.accounts.current() == (0, "")


def test_a_changed_text_is_published_and_the_next_follower_reads_it(
    desk: Desk, platform: Platform, store: Store
) -> None:
    assert set_text(desk, "help", None, "茶铺帮您")["code"] == 200

    assert platform.say("帮助") == "茶铺帮您"
    first = store.accounts.versions()[0]
    assert (first.number, first.by, first.source) == (2, "王店主", "desk")
    assert "茶铺帮您" in desk.page("texts")
    noted = store.audit.entries()[0]
    assert (noted["what"], noted["by"], noted["version"]) == ("desk", "王店主", 2)
    assert "茶铺帮您" not in str(noted), "the audit log holds no texts"


def test_the_usual_words_come_back(desk: Desk, platform: Platform) -> None:
    set_text(desk, "help", None, "茶铺帮您")

    assert set_text(desk, "help", "茶铺帮您", None)["version"] == 3
    assert "直接写下你想问的就好" in platform.say("帮助")


def test_comments_and_everything_else_in_the_file_stay(desk: Desk, store: Store) -> None:
    from bot.desk.publishing import current_draft
    from bot.services import current_services

    set_text(desk, "greeting", None, "欢迎光临，我是AI助手")
    desk.send("PUT", "texts", scenes={"spring": {"was": "春茶节", "is": None},
                                      "shop_*": {"was": None, "is": "欢迎光临门店"}})  # fmt: skip

    with desk.client.application.app_context():
        text = current_draft(current_services()).bundle.files["account.toml"].decode()
    assert text.splitlines()[:3] == [
        "# 茶铺 / a tea shop",
        'name = "山前茶铺"',
        'greeting = "欢迎光临，我是AI助手"',
    ]
    assert "medical = false  # 不讲医药" in text
    assert "# 第一条 / the first\n[[reply]]" in text
    assert "spring" not in text
    assert '"shop_*" = "欢迎光临门店"' in text


@pytest.mark.parametrize(
    ("key", "text", "told"),
    [
        ("late", "还在想", "发送“继续”的链接"),
        ("help", "我叫{nome}", "{nome}"),
        ("label", "仅供参考", "生成"),
        ("busy", "忙" * 400, "字节"),
        ("not_found", "", "不能留空"),
    ],
)
def test_a_bad_text_is_told_with_file_line_and_key_and_changes_nothing(
    desk: Desk, store: Store, key: str, text: str, told: str
) -> None:
    found = set_text(desk, key, None, text)

    assert found["code"] == 400
    problem = found["problems"][0]["zh"]  # type: ignore[index]
    assert problem.startswith("tea/account.toml 第 ")
    assert key in problem
    assert told in problem
    assert store.accounts.current()[0] == 0


def test_the_second_of_two_owners_is_told_and_may_put_his_change_on_top(
    desk: Desk, platform: Platform
) -> None:
    set_text(desk, "help", None, "甲的帮助")

    second = set_text(desk, "busy", None, "乙的忙碌", base=0, by="乙")

    assert second["code"] == 409
    assert second["current"] == 2
    assert second["by"] == "王店主"
    assert set_text(desk, "busy", None, "乙的忙碌", base=2, by="乙")["version"] == 3
    assert platform.say("帮助") == "甲的帮助", "both changes are in force"


def test_of_two_changes_of_one_text_the_second_is_not_put_over_the_first(
    desk: Desk, platform: Platform
) -> None:
    set_text(desk, "help", None, "甲的帮助")

    found = set_text(desk, "help", None, "乙的帮助", base=2)

    assert found["code"] == 400
    assert "help" in found["problems"][0]["zh"]  # type: ignore[index]
    assert platform.say("帮助") == "甲的帮助"


def test_safetys_texts_and_unknown_keys_are_no_texts(desk: Desk) -> None:
    for key in ("helpline", "reply", "medical", "x"):
        assert set_text(desk, key, None, "x")["code"] == 400


@pytest.mark.parametrize(
    "sent",
    [{"base": "1"}, {"base": True}, {"base": -1}, {"by": 1}, {"by": "x" * 41}, {"by": "a\nb"},
     {"texts": []}, {"texts": {"help": "x"}}, {"texts": {"help": {"was": None, "is": 3}}}],
)  # fmt: skip
def test_nonsense_is_refused(desk: Desk, sent: dict[str, object]) -> None:
    assert desk.send("PUT", "texts", **sent)["code"] == 400
