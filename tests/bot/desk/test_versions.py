"""Versions on the desk: who made which, going back, and what survives a restart and a pull."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from tests.bot.conftest import Platform
from tests.bot.desk.conftest import Desk
from tests.bot.desk.test_texts import set_text
from xinglin.account.publish import pull
from xinglin.settings import Settings
from xinglin.store import Store

pytestmark = pytest.mark.redis


def test_each_change_is_a_version_with_who_and_when(desk: Desk) -> None:
    set_text(desk, "help", None, "一")
    set_text(desk, "help", "一", "二", by="李店员")

    page = desk.page("versions")

    assert page.index("李店员") < page.index("王店主")
    assert "正在用" in page
    assert 'data-rollback="2"' in page
    assert 'data-rollback="3"' not in page, "it is in force"


def test_a_rollback_is_served_at_once_and_is_a_version_too(
    desk: Desk, platform: Platform, store: Store
) -> None:
    set_text(desk, "help", None, "一")
    set_text(desk, "help", "一", "二")

    done = desk.send("POST", "versions/2/rollback")

    assert done["version"] == 4
    assert platform.say("帮助") == "一"
    assert store.accounts.versions()[0].of == 2
    assert "退回到 2" in desk.page("versions")
    desk.send("POST", "versions/1/rollback")
    assert "直接写下你想问的就好" in platform.say("帮助"), "the folder as it was before the desk"


def test_a_rollback_on_an_older_page_is_told_and_one_to_nowhere_refused(desk: Desk) -> None:
    set_text(desk, "help", None, "一")

    assert desk.send("POST", "versions/1/rollback", base=0)["code"] == 409
    gone = desk.send("POST", "versions/9/rollback")
    assert gone["code"] == 400
    assert "保留着的是：2, 1" in gone["problems"][0]["zh"]


def test_what_was_edited_survives_a_restart_and_is_pulled_into_the_folder(
    desk: Desk,
    make_app: Callable[[Settings], Flask],
    bot_settings: Settings,
    folder: Path,
    store: Store,
) -> None:
    set_text(desk, "help", None, "茶铺帮您")
    desk.send("POST", "notes", questions=["有包间吗"], answers=["有两间。"])

    again = Desk(make_app(replace(bot_settings, account=str(folder))).test_client())
    assert "茶铺帮您" in again.page("texts")
    assert "有两间" in again.page("notes", q="包间")

    pull(store.accounts, folder, force=False)
    assert 'help = "茶铺帮您"' in (folder / "account.toml").read_text("utf-8")
    assert "有两间。" in (folder / "knowledge" / "desk.jsonl").read_text("utf-8")
