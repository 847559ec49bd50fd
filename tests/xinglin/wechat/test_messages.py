"""Pushes become typed messages."""

from __future__ import annotations

import pytest

from xinglin.errors import MessageError
from xinglin.wechat.messages import Message, parse

COMMON = {"ToUserName": "gh", "FromUserName": "o1", "CreateTime": "1714036504"}


def push(**fields: str) -> Message:
    return parse(COMMON | fields)


def test_each_kind_is_told_apart() -> None:
    assert push(MsgType="text", MsgId="1", Content=" 黄芪 ").text == "黄芪"
    assert push(MsgType="voice", MsgId="1", Recognition="当归").text == "当归"
    assert push(MsgType="voice", MsgId="1").text == ""
    for kind in ("image", "video", "shortvideo", "location", "link"):
        assert push(MsgType=kind, MsgId="1").kind == kind
    for event in ("subscribe", "unsubscribe", "SCAN", "VIEW"):
        assert push(MsgType="event", Event=event).kind == event.lower()
    click = push(MsgType="event", Event="CLICK", EventKey="帮助")
    assert (click.kind, click.text) == ("click", "帮助")
    assert push(MsgType="event", Event="LOCATION").kind == "other"
    assert push(MsgType="hologram", MsgId="1").kind == "other"


def test_retries_of_a_message_and_of_an_event_have_one_id() -> None:
    assert push(MsgType="text", MsgId="7", Content="a").dedupe_id == "7"
    event = push(MsgType="event", Event="subscribe")
    assert event.dedupe_id == push(MsgType="event", Event="subscribe").dedupe_id
    assert event.dedupe_id != push(MsgType="event", Event="unsubscribe").dedupe_id


@pytest.mark.parametrize("name", ["ToUserName", "FromUserName", "CreateTime", "MsgType", "MsgId"])
@pytest.mark.parametrize("value", ["", " ", "x" * 500])
def test_a_missing_or_huge_field_is_named(name: str, value: str) -> None:
    fields = COMMON | {"MsgType": "text", "MsgId": "1", "Content": "a", name: value}

    with pytest.raises(MessageError, match=name):
        parse(fields)


@pytest.mark.parametrize("value", ["-1", "1.5", "abc", "१२", "9" * 30])
def test_a_time_that_is_no_number_is_refused(value: str) -> None:
    with pytest.raises(MessageError, match="CreateTime"):
        parse(COMMON | {"MsgType": "text", "MsgId": "1", "CreateTime": value})
