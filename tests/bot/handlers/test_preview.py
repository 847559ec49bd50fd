"""A preview without a service shows what a follower of the service reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from bot.handlers.preview import Preview
from tests.bot.conftest import Platform, StoreWorker
from tests.xinglin.account.shop import TOML, write_shop
from xinglin.account import read_folder
from xinglin.blocklist import BlockList
from xinglin.commands import _WORDS
from xinglin.settings import Settings

pytestmark = pytest.mark.redis
NOW = datetime(2026, 11, 30, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


@pytest.fixture
def bot_settings(bot_settings: Settings, tmp_path: Path) -> Settings:
    return replace(bot_settings, account=str(write_shop(tmp_path / "shop")))


@pytest.fixture
def preview(bot_settings: Settings) -> Preview:
    return Preview(read_folder(Path(bot_settings.account)), BlockList(""), bot_settings.consent)


@pytest.mark.parametrize("word", _WORDS)
def test_every_command_has_its_preview(preview: Preview, word: str) -> None:
    found = replace(preview, consent="history").look(word, NOW)

    assert found is not None
    assert found.step == ("rule" if word == "菜单" else "command")
    assert found.reply


@pytest.mark.parametrize(
    ("text", "step", "name"),
    [
        ("帮助", "command", "help"),
        ("重置", "command", "reset"),
        ("我的数据", "command", "export"),
        ("删除我的数据", "command", "erase"),
        ("赞", "command", "up"),
        ("继续", "command", "more"),
        ("投诉", "command", "feedback"),
        ("投诉 店员态度差", "command", "feedback"),
        ("反馈 我误喝了农药", "command", "feedback"),
        ("我家狗把百草枯喝了，我也沾了一口", "danger", "poisoning"),
        ("附子有没有毒", "danger", "poison"),
        ("怀孕了能喝龙井吗", "danger", "pregnancy"),
        ("怀孕了，孕妇茶能喝吗", "rule", "8, contains 孕妇茶"),
        ("[微笑]", "wordless", ""),
        ("竞品怎么样", "blocked", ""),
        ("菜单", "rule", "6, match 菜单"),
    ],
)
def test_the_reply_is_the_one_that_a_follower_gets(
    platform: Platform, preview: Preview, text: str, step: str, name: str
) -> None:
    found = preview.look(text, NOW)

    assert found is not None
    assert (found.step, found.name) == (step, name)
    assert found.reply == platform.say(text)


@pytest.mark.parametrize("text", ["绿茶贵吗", "普洱一壶放几克", "同意"])
def test_what_goes_to_the_notes_is_not_answered(
    platform: Platform, preview: Preview, worker: StoreWorker, text: str
) -> None:
    assert preview.look(text, NOW) is None
    assert platform.say(text).startswith("答：")


def test_a_rule_may_pass_another_question_on(preview: Preview) -> None:
    found = preview.look("明前那款怎么泡", NOW)

    assert found is not None
    assert (found.ask, found.reply) == ("龙井茶怎么泡？", "")


def test_turns_before_count_as_they_do_for_a_follower(
    platform: Platform, preview: Preview, worker: StoreWorker
) -> None:
    steps = []
    for text in ("我媳妇怀了二胎", "那她能喝红茶吗", "重置", "那她能喝红茶吗", "赞"):
        found = preview.look(text, NOW)
        heard = platform.say(text)
        steps.append(found.name if found else "")
        assert heard == found.reply if found else heard.startswith("答：")

    assert steps == ["pregnancy", "pregnancy", "reset", "", "up"]


HANDOVER = TOML.replace("[scenes]", '[handover]\nnames = ["阿福"]\n\n[scenes]')


@pytest.mark.parametrize(
    ("text", "step", "name"),
    [
        ("转人工", "person", "waits on the desk"),
        ("找阿福", "person", "waits on the desk"),
        ("回到机器人", "person", "the bot answers already"),
        ("你们店员骂人，我要举报", "complaint", "kept, waits on the desk"),
        ("投诉 没人理我", "command", "feedback"),
    ],
)
def test_what_becomes_of_a_wish_for_a_person_is_shown(
    make_app: Callable[[Settings], Flask],
    bot_settings: Settings,
    tmp_path: Path,
    text: str,
    step: str,
    name: str,
) -> None:
    own = replace(bot_settings, account=str(write_shop(tmp_path / "own", HANDOVER)))
    platform = Platform(make_app(own).test_client(), own)

    found = Preview(read_folder(Path(own.account)), BlockList("")).look(text, NOW)

    assert found is not None
    assert (found.step, found.name) == (step, name)
    assert found.reply == platform.say(text)


def test_where_nobody_is_there_it_is_shown_so(tmp_path: Path) -> None:
    account = read_folder(write_shop(tmp_path / "own", HANDOVER))
    deskless = Preview(account, BlockList(""), desk=False)

    found = deskless.look("转人工", NOW)

    assert found is not None
    assert found.name == "nobody on duty"
    assert "没有人工值班" in found.reply
    complained = deskless.look("你们骗人，我要投诉", NOW)
    assert complained is not None
    assert (complained.name, complained.reply) == ("kept", account.texts.feedback_thanks)


def test_the_platforms_tool_is_named(tmp_path: Path) -> None:
    toml = HANDOVER.replace("[handover]", "[handover]\nplatform = true")
    found = Preview(read_folder(write_shop(tmp_path / "own", toml)), BlockList("")).look(
        "人工", NOW
    )

    assert found is not None
    assert "customer-service tool" in found.name
    assert found.reply == ""
