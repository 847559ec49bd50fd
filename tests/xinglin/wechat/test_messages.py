"""Pushes become typed messages; replies and pages are what the platform takes."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.shipped import AI_LABEL
from xinglin.errors import MessageError
from xinglin.wechat.flatxml import drop_forbidden
from xinglin.wechat.messages import Message, parse
from xinglin.wechat.pages import LIMIT_BYTES, paginate
from xinglin.wechat.replies import tap_link, text_reply

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


@given(st.text(max_size=200))
def test_every_text_makes_a_well_formed_reply(text: str) -> None:
    message = push(MsgType="text", MsgId="1", Content="a")

    root = ElementTree.fromstring(text_reply(message, text, now=1.5))

    shown = (root.findtext("Content") or "").replace("\r\n", "\n").replace("\r", "\n")
    assert shown == drop_forbidden(text).replace("\r\n", "\n").replace("\r", "\n")
    assert (root.findtext("ToUserName"), root.findtext("FromUserName")) == ("o1", "gh")


def test_a_cdata_end_in_the_text_survives() -> None:
    message = push(MsgType="text", MsgId="1", Content="a")

    root = ElementTree.fromstring(text_reply(message, "a]]>b]]]]>", now=1))

    assert root.findtext("Content") == "a]]>b]]]]>"


def test_a_tap_link_cannot_be_broken_out_of() -> None:
    assert tap_link('<b>"x"', '"><a href="y') == (
        '<a href="weixin://bizmsgmenu?msgmenucontent=%22%3E%3Ca%20href%3D%22y&msgmenuid=1">'
        '&lt;b&gt;"x"</a>'
    )


LONG = st.text(alphabet="气血阴阳，。；！\nab 😀", min_size=1, max_size=900)


@given(LONG, st.integers(200, 2040), st.sampled_from(["", AI_LABEL]))
def test_pages_fit_and_together_are_the_text(text: str, limit: int, suffix: str) -> None:
    more = tap_link("更多", "继续")
    rest, pages = text, []
    while True:
        page, rest = paginate(rest, limit_bytes=limit, suffix=suffix, more=more)
        assert len(page.encode()) <= limit
        pages.append(page.removesuffix(f"\n{more}").removesuffix(f"\n{suffix}" if suffix else ""))
        if not rest:
            break
    assert "".join("".join(pages).split()) == "".join(text.split())


def test_pages_end_at_sentences_and_carry_the_label() -> None:
    page, rest = paginate("补气固表。" * 300, suffix=AI_LABEL, more=tap_link("更多", "继续"))

    assert page.split("\n")[0].endswith("。")
    assert AI_LABEL in page
    assert rest.startswith("补气")
    assert len(page.encode()) <= LIMIT_BYTES


def test_a_limit_without_room_is_refused() -> None:
    with pytest.raises(ValueError, match="limit_bytes"):
        paginate("字" * 100, limit_bytes=20, suffix=AI_LABEL)
