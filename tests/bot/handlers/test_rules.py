"""An account of one's own, as followers and visitors see it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from bot.services import current_services
from tests.bot.conftest import Platform, StoreWorker
from tests.shipped import TCM
from tests.xinglin.account.shop import TOML, write_shop
from xinglin.account import read_bundle
from xinglin.account.publish import publish_bundle
from xinglin.policy import danger
from xinglin.settings import Settings
from xinglin.wechat.replies import event_push, media_push, shown, text_push

pytestmark = pytest.mark.redis
NOON = 1796011200.0  # 2026-11-30 12:00 in Shanghai


@pytest.fixture
def bot_settings(bot_settings: Settings, tmp_path: Path) -> Settings:
    return replace(bot_settings, account=str(write_shop(tmp_path / "shop")))


def reply(platform: Platform, xml: str) -> str:
    answer = platform.push(xml)
    return "" if answer.text == "success" else shown(platform.envelope.open_reply(answer.text))


def event(platform: Platform, name: str, key: str = "", now: int = 1) -> str:
    return reply(platform, event_push("o1", "gh", name, key=key, now=now))


def test_the_owners_words_are_said_everywhere(platform: Platform, worker: StoreWorker) -> None:
    assert event(platform, "subscribe") == "欢迎来到山前茶铺，我是AI助手。"
    assert platform.say("帮助").startswith("我是山前茶铺的AI助手")
    assert platform.say("绿茶贵吗") == "答：绿茶贵吗\n（由AI生成，请以店里为准）"


def test_rules_answer_without_the_model(platform: Platform, worker: StoreWorker) -> None:
    link = '<a href="https://example.com/map">导航</a>'
    assert platform.say("地址") == f"山前路 8 号，{link}", "a rule's text carries no label"
    assert platform.say("请问你们電話多少") == "电话 0571-1"
    assert platform.say("今天几点打烊呀", number=7) in ("晚上九点", "九点打烊")
    assert len({platform.say("今天几点打烊呀", number=7) for _ in range(6)}) == 1
    assert platform.say("菜单") == "龙井、白茶", "an owner may take a word for help"
    assert platform.say("帮助").startswith("我是山前茶铺"), "and leaves the others"
    assert worker.seen == []


def test_a_rule_may_ask_another_question(platform: Platform, worker: StoreWorker) -> None:
    assert platform.say("明前那款怎么泡").startswith("答：龙井茶怎么泡？")
    assert worker.seen == ["龙井茶怎么泡？"]


def test_pictures_and_articles_are_sent_as_such(platform: Platform) -> None:
    picture = platform.push(text_push("o1", "gh", "店面照片", "1", now=1))
    fields = platform.envelope.open_reply(picture.text)
    assert (fields["MsgType"], fields["Image.MediaId"]) == ("image", "MEDIA-1")

    article = platform.push(text_push("o1", "gh", "活动", "2", now=1), encrypted=True)
    fields = platform.envelope.open_reply(article.text)
    assert (fields["MsgType"], fields["ArticleCount"]) == ("news", "1")
    assert fields["Articles.item.Title"] == "春茶节"
    assert fields["Articles.item.Url"] == "https://example.com/spring"


def test_a_welcome_goes_by_the_scene(platform: Platform) -> None:
    assert event(platform, "subscribe", "qrscene_spring") == "春茶节快乐！"
    assert event(platform, "SCAN", "spring", now=2) == "春茶节快乐！"
    assert event(platform, "SCAN", "shop_12", now=3) == "欢迎光临门店！"
    assert event(platform, "subscribe", "qrscene_other", now=4).startswith("欢迎来到山前茶铺")


def test_a_menu_button_does_what_its_text_would(platform: Platform) -> None:
    assert event(platform, "CLICK", "地址").startswith("山前路")


def test_what_has_no_words_is_answered_as_the_owner_says(platform: Platform) -> None:
    assert platform.say("[微笑]") == "", "an empty text means: say nothing"
    assert reply(platform, media_push("o1", "gh", "image", "", "5", now=1)).startswith(
        "我还看不懂图片"
    )
    heard = media_push("o1", "gh", "voice", "你们电话多少", "6", now=1)
    assert reply(platform, heard) == "电话 0571-1"


def test_danger_comes_before_every_rule(
    make_app: Callable[[Settings], Flask], bot_settings: Settings, tmp_path: Path
) -> None:
    taken = TOML + '[[reply]]\ncontains = ["活", "胸口", "农药"]\ntext = "打八折"\n'
    own = replace(bot_settings, account=str(write_shop(tmp_path / "bad", taken)))
    platform = Platform(make_app(own).test_client(), own)

    for text in ("我不想活了", "胸口痛得喘不过气", "误喝了农药怎么办"):
        assert platform.say(text) == danger(text)
    assert platform.say("有什么活") == "打八折"


def test_only_a_shop_has_its_own_word_about_bodies(
    platform: Platform,
    make_app: Callable[[Settings], Flask],
    bot_settings: Settings,
    tmp_path: Path,
) -> None:
    text = "怀孕了，孕妇茶能喝吗"
    assert danger(text) is not None
    assert platform.say(text).startswith("孕妇茶是我们的一款水果茶")
    assert platform.say("怀孕了能吃附子吗") == danger("怀孕了能吃附子吗")

    clinic = write_shop(tmp_path / "clinic", TOML.replace("medical = false", "medical = true"))
    own = replace(bot_settings, account=str(clinic))
    assert Platform(make_app(own).test_client(), own).say(text, openid="o2") == danger(text)


@pytest.mark.parametrize("key", ["match", "contains"])
@pytest.mark.parametrize("word", ["投诉", "反馈", "feedback"])
def test_an_owner_may_take_the_bare_word_for_complaints(
    make_app: Callable[[Settings], Flask],
    bot_settings: Settings,
    tmp_path: Path,
    key: str,
    word: str,
) -> None:
    rule = f'[[reply]]\n{key} = "{word}"\ntext = "请加店长微信"\n'
    own = replace(bot_settings, account=str(write_shop(tmp_path / "own", TOML + rule)))
    app = make_app(own)
    platform = Platform(app.test_client(), own)

    assert platform.say(f"{word}！") == "请加店长微信"
    assert "收到" in platform.say(f"{word} 茶叶受潮了", number=2)
    with app.app_context():
        kept = current_services().store.feedback.entries()
    assert ["茶叶受潮了" in str(one) for one in kept] == [True]


def test_the_bare_word_is_a_command_where_no_rule_has_it(platform: Platform) -> None:
    assert platform.say("投诉") == TCM.texts.feedback_empty


@pytest.mark.parametrize("text", ["普洱一壶放几克", "降压药和茶能一起喝吗", "糖尿病人能喝白茶吗"])
def test_a_shop_answers_measures_itself_and_a_clinic_does_not(
    platform: Platform,
    worker: StoreWorker,
    make_app: Callable[[Settings], Flask],
    bot_settings: Settings,
    tmp_path: Path,
    text: str,
) -> None:
    assert danger(text) is not None
    assert platform.say(text).startswith("答：")
    assert worker.seen == [text]
    assert platform.say("生附子一次煎几克") == danger("生附子一次煎几克"), "poisons stay fixed"

    ruled = write_shop(tmp_path / "ruled", f'{TOML}[[reply]]\nmatch = "{text}"\ntext = "八克"\n')
    own = replace(bot_settings, account=str(ruled))
    assert Platform(make_app(own).test_client(), own).say(text, openid="o2") == "八克"

    clinic = write_shop(tmp_path / "clinic", TOML.replace("medical = false", "medical = true"))
    own = replace(bot_settings, account=str(clinic))
    assert Platform(make_app(own).test_client(), own).say(text, openid="o3") == danger(text)


def test_words_that_the_owner_blocks_are_stopped(platform: Platform) -> None:
    assert platform.say("竞品怎么样") == "这句话里有我不能谈的内容，这一条没有收下。可以换个话题。"


def test_rules_answer_whoever_does_not_consent_and_the_model_waits(
    make_app: Callable[[Settings], Flask], bot_settings: Settings
) -> None:
    own = replace(bot_settings, consent="required")
    platform = Platform(make_app(own).test_client(), own)

    assert platform.say("地址").startswith("山前路")
    for text in ("绿茶贵吗", "白茶怎么泡"):
        assert "在回答之前需要你的同意" in platform.say(text)


def test_an_account_without_the_model_has_its_default_reply(
    make_app: Callable[[Settings], Flask], bot_settings: Settings, tmp_path: Path
) -> None:
    words = TOML.replace("medical", 'default = "请发送“帮助”"\nmedical', 1)
    own = replace(bot_settings, account=str(write_shop(tmp_path / "plain", words)))
    platform = Platform(make_app(own).test_client(), own)

    assert platform.say("绿茶贵吗") == "请发送“帮助”"
    assert platform.say("地址").startswith("山前路")


def test_pages_console_and_icon_bear_the_name(app: Flask) -> None:
    client = app.test_client()
    home, console = client.get("/").text, client.get("/console", base_url="http://127.0.0.1").text
    state = client.get("/console/state", base_url="http://127.0.0.1").get_json()

    assert "<title>山前茶铺</title>" in home
    assert "120" not in home, "a shop is no doctor"
    assert "<title>山前茶铺 · Xinglin</title>" in console
    assert 'data-face="山"' in console
    assert ">山<" in client.get("/favicon.svg").text
    assert client.get("/favicon.ico").status_code == 302
    assert "隐私说明 · 山前茶铺" in client.get("/privacy").text
    assert "山前茶铺 · 运行台" in client.get("/admin").text
    assert state["account"]["name"] == "山前茶铺"
    assert [entry["name"] for entry in state["menu"]] == ["地址"]


def test_a_name_is_text_wherever_it_stands(
    make_app: Callable[[Settings], Flask], bot_settings: Settings, tmp_path: Path
) -> None:
    hostile = TOML.replace('name = "山前茶铺"', "name = '<script>\"x'")
    app = make_app(replace(bot_settings, account=str(write_shop(tmp_path / "h", hostile))))
    client = app.test_client()

    for path in ("/", "/console", "/privacy", "/admin", "/favicon.svg"):
        assert '<script>"x' not in client.get(path, base_url="http://127.0.0.1").text
        assert "><<" not in client.get(path, base_url="http://127.0.0.1").text


def test_verification_files_are_served_at_the_root(app: Flask) -> None:
    client = app.test_client()
    found = client.get("/MP_verify_abc.txt")

    assert (found.status_code, found.text, found.mimetype) == (200, "abc123", "text/plain")
    for path in ("/MP_verify_other.txt", "/account.toml", "/..%2faccount.toml.txt", "/blocked.txt"):
        assert client.get(path).status_code == 404


def test_a_published_version_takes_over_while_it_serves(
    app: Flask, platform: Platform, tmp_path: Path
) -> None:
    with app.app_context():
        own = current_services()
    changed = write_shop(tmp_path / "new", TOML.replace("0571-1", "0571-2"))
    publish_bundle(own.store.accounts, read_bundle(changed), base=0, by="甲")

    own.account.look()

    assert platform.say("电话") == "电话 0571-2"
    assert own.account.number == 1
