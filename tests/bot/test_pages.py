"""The public pages: what this is, what is kept, and the icon."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import shipped as texts
from xinglin.settings import Settings

pytestmark = pytest.mark.redis
Make = Callable[[Settings], Flask]


def test_the_front_page_says_what_this_is_and_no_more(
    make_app: Make, bot_settings: Settings
) -> None:
    plain = make_app(bot_settings).test_client().get("/").text
    filed = make_app(replace(bot_settings, filing="京ICP备1号<b>")).test_client().get("/").text

    assert texts.HOME in plain
    assert 'href="/privacy"' in plain
    assert "beian.miit.gov.cn" not in plain
    assert "京ICP备1号&lt;b&gt;</a>" in filed
    assert "beian.miit.gov.cn" in filed
    assert not re.search(r"<script|style=|admin|console|version", plain)


def test_the_privacy_page_tells_the_times_of_the_settings(
    make_app: Make, bot_settings: Settings
) -> None:
    settings = replace(bot_settings, history_ttl_s=7 * 86_400, records_ttl_s=30 * 86_400)

    told = make_app(settings).test_client().get("/privacy").text

    assert "最后一次聊天之后 7天" in told
    assert "反馈、投诉和没能回答的消息：30天" in told
    assert "加密保存" not in told
    sealed = replace(settings, history_key=f"{'A' * 43}=", consent="required")
    told = make_app(sealed).test_client().get("/privacy").text
    assert "加密保存" in told
    assert "回复“同意”之后才回答" in told


def test_the_privacy_page_says_what_votes_teach_where_they_do(
    make_app: Make, bot_settings: Settings
) -> None:
    off = make_app(bot_settings).test_client().get("/privacy").text
    asks = replace(bot_settings, consent="history")

    told = make_app(asks).test_client().get("/privacy").text

    assert "也不用来训练。" in off
    assert "备选" not in off
    assert "也不用来训练语言模型。" in told
    assert "用来学习怎样选出更好的回答" in told
    assert "反馈、投诉、评价过的问答和没能回答的消息" in told


def test_an_own_privacy_policy_takes_its_place(make_app: Make, bot_settings: Settings) -> None:
    own = replace(bot_settings, privacy_url="https://example.com/privacy")
    client = make_app(own).test_client()

    assert 'href="https://example.com/privacy"' in client.get("/").text
    assert client.get("/privacy").headers["Location"] == "https://example.com/privacy"


@pytest.mark.parametrize(
    ("path", "kind", "begins"),
    [
        ("/favicon.svg", "image/svg+xml", b"<svg"),
        ("/favicon.ico", "image/vnd.microsoft.icon", b"\0\0\1\0"),
        ("/pages.css", "text/css", b":root"),
    ],
)
def test_the_icon_and_the_style_are_there(
    client: FlaskClient, path: str, kind: str, begins: bytes
) -> None:
    with client.get(path) as found:
        assert found.status_code == 200
        assert found.mimetype in (kind, "image/x-icon" if path.endswith("ico") else kind)
        assert found.data.startswith(begins)


def test_the_privacy_page_tells_of_the_person_where_one_may_take_over(
    make_app: Make, bot_settings: Settings, tmp_path: Path
) -> None:
    own = replace(bot_settings, consent="history", account=str(tmp_path))
    (tmp_path / "account.toml").write_text('name = "茶"\n[handover]\n', "utf-8")

    told = make_app(own).test_client().get("/privacy").text

    assert "转人工期间双方写的话（只在你回复“同意”之后）" in told
    assert "转人工" not in make_app(bot_settings).test_client().get("/privacy").text
