"""Replies are what the platform takes; wechatpy's own renderer judges those that are no text."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy.replies import ArticlesReply, ImageReply, VideoReply, VoiceReply

from xinglin.wechat.flatxml import drop_forbidden, read_fields
from xinglin.wechat.messages import Message
from xinglin.wechat.replies import Media, media_reply, shown, tap_link, text_reply

MESSAGE = Message(kind="text", openid="o1", account="gh", created_at=1, dedupe_id="1", text="x")
SIDES = {"source": "gh", "target": "o1", "time": 7}


def articles() -> ArticlesReply:
    reply = ArticlesReply(**SIDES)
    reply.add_article(
        {"title": "春茶节", "description": "半价", "image": "https://a.cn/p", "url": "https://a.cn"}
    )
    return reply


@pytest.mark.parametrize(
    ("media", "judge"),
    [
        (Media("image", "M1"), ImageReply(media_id="M1", **SIDES)),
        (Media("voice", "M1"), VoiceReply(media_id="M1", **SIDES)),
        (Media("video", "M1", "题", "说"), VideoReply(media_id="M1", title="题", description="说", **SIDES)),
        (Media("news", "", "春茶节", "半价", "https://a.cn/p", "https://a.cn"), articles()),
    ],
)  # fmt: skip
def test_media_are_written_as_the_platform_reads_them(media: Media, judge: object) -> None:
    ours = read_fields(media_reply(MESSAGE, media, now=7.5).encode())
    theirs = read_fields(judge.render().encode())

    assert ours == {name: value.strip() for name, value in theirs.items()}


def test_what_an_owner_wrote_stays_within_its_field() -> None:
    hostile = "]]></Title><Url><![CDATA[x"

    fields = read_fields(
        media_reply(MESSAGE, Media("news", title=hostile, url="u"), now=1).encode()
    )

    assert fields["Articles.item.Title"] == hostile
    assert fields["Articles.item.Url"] == "u"


def test_media_are_shown_as_words_where_there_is_no_phone() -> None:
    def told(media: Media) -> str:
        return shown(read_fields(media_reply(MESSAGE, media, now=1).encode()))

    assert told(Media("image", "M1")) == "［图片］\nM1"
    assert told(Media("news", title="t", url="u")) == "［图文］\nt\nu"
    assert shown({"Content": "好"}) == "好"
    assert shown({"MsgType": "strange"}) == ""


@given(st.text(max_size=200))
def test_every_text_makes_a_well_formed_reply(text: str) -> None:
    root = ElementTree.fromstring(text_reply(MESSAGE, text, now=1.5))

    shown = (root.findtext("Content") or "").replace("\r\n", "\n").replace("\r", "\n")
    assert shown == drop_forbidden(text).replace("\r\n", "\n").replace("\r", "\n")
    assert (root.findtext("ToUserName"), root.findtext("FromUserName")) == ("o1", "gh")


def test_a_cdata_end_in_the_text_survives() -> None:
    root = ElementTree.fromstring(text_reply(MESSAGE, "a]]>b]]]]>", now=1))

    assert root.findtext("Content") == "a]]>b]]]]>"


def test_a_tap_link_cannot_be_broken_out_of() -> None:
    assert tap_link('<b>"x"', '"><a href="y') == (
        '<a href="weixin://bizmsgmenu?msgmenucontent=%22%3E%3Ca%20href%3D%22y&msgmenuid=1">'
        '&lt;b&gt;"x"</a>'
    )
