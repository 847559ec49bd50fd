"""Passive replies as XML, and the links in them that send a text when tapped."""

from __future__ import annotations

import html
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote

from xinglin.wechat.flatxml import drop_forbidden
from xinglin.wechat.messages import Message


@dataclass(frozen=True, slots=True)
class Media:
    """A reply that is no text.

    Attributes:
        kind: what it is.
        media_id: the platform's number of the material; "" for news.
        title: of a video or of news.
        description: of a video or of news.
        picture: address of the picture of news.
        url: page that news leads to.
    """

    kind: Literal["image", "voice", "video", "news"]
    media_id: str = ""
    title: str = ""
    description: str = ""
    picture: str = ""
    url: str = ""


def cdata(text: str) -> str:
    """Wrap text so that it survives whatever it holds."""
    return f"<![CDATA[{drop_forbidden(text).replace(']]>', ']]]]><![CDATA[>')}]]>"


def text_reply(message: Message, text: str, *, now: float) -> str:
    """Return the XML of a text reply to `message`: sender and receiver swapped."""
    return (
        f"<xml><ToUserName>{cdata(message.openid)}</ToUserName>"
        f"<FromUserName>{cdata(message.account)}</FromUserName>"
        f"<CreateTime>{int(now)}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{cdata(text)}</Content></xml>"
    )


def media_reply(message: Message, media: Media, *, now: float) -> str:
    """Return the XML of a reply with a picture, voice, video or article."""
    return (
        f"<xml><ToUserName>{cdata(message.openid)}</ToUserName>"
        f"<FromUserName>{cdata(message.account)}</FromUserName>"
        f"<CreateTime>{int(now)}</CreateTime><MsgType>{cdata(media.kind)}</MsgType>"
        f"{_media(media)}</xml>"
    )


def transfer_reply(message: Message, *, now: float) -> str:
    """Return the XML that passes a message on to the platform's customer-service tool."""
    return (
        f"<xml><ToUserName>{cdata(message.openid)}</ToUserName>"
        f"<FromUserName>{cdata(message.account)}</FromUserName>"
        f"<CreateTime>{int(now)}</CreateTime>"
        "<MsgType><![CDATA[transfer_customer_service]]></MsgType></xml>"
    )


def _media(media: Media) -> str:
    described = (
        f"<Title>{cdata(media.title)}</Title><Description>{cdata(media.description)}</Description>"
    )
    if media.kind == "news":
        article = f"{described}<PicUrl>{cdata(media.picture)}</PicUrl><Url>{cdata(media.url)}</Url>"
        return f"<ArticleCount>1</ArticleCount><Articles><item>{article}</item></Articles>"
    tag, media_id = media.kind.title(), f"<MediaId>{cdata(media.media_id)}</MediaId>"
    return f"<{tag}>{media_id}{described if media.kind == 'video' else ''}</{tag}>"


_SHOWN = {
    "image": "［图片］",
    "voice": "［语音］",
    "video": "［视频］",
    "news": "［图文］",
    "transfer_customer_service": "［已转给微信的客服工具］",
}


def shown(fields: Mapping[str, str]) -> str:
    """Return a reply's fields as a terminal or the console shows them."""
    if "Content" in fields:
        return fields["Content"]
    kind = fields.get("MsgType", "")
    if kind not in _SHOWN:
        return ""
    if kind == "transfer_customer_service":
        return _SHOWN[kind]
    if kind == "news":
        names = [f"Articles.item.{name}" for name in ("Title", "Description", "Url")]
    else:
        names = [f"{kind.title()}.{name}" for name in ("MediaId", "Title")]
    return "\n".join([_SHOWN[kind], *(fields[name] for name in names if fields.get(name))])


def text_push(openid: str, account: str, text: str, message_id: str, *, now: float) -> str:
    """Return the XML of a follower's text as the platform would push it; for the console."""
    return (
        f"<xml><ToUserName>{cdata(account)}</ToUserName>"
        f"<FromUserName>{cdata(openid)}</FromUserName><CreateTime>{int(now)}</CreateTime>"
        f"<MsgType><![CDATA[text]]></MsgType><Content>{cdata(text)}</Content>"
        f"<MsgId>{message_id}</MsgId></xml>"
    )


def tap_link(label: str, command: str) -> str:
    """Return a link that sends `command` as the follower's own message when tapped."""
    target = quote(command, safe="")
    return (
        f'<a href="weixin://bizmsgmenu?msgmenucontent={target}&msgmenuid=1">'
        f"{html.escape(label, quote=False)}</a>"
    )


def event_push(openid: str, account: str, event: str, *, key: str = "", now: float) -> str:
    """Return the XML of an event (subscribe, CLICK, ...) as the platform would push it."""
    return (
        f"<xml><ToUserName>{cdata(account)}</ToUserName>"
        f"<FromUserName>{cdata(openid)}</FromUserName><CreateTime>{int(now)}</CreateTime>"
        f"<MsgType><![CDATA[event]]></MsgType><Event>{cdata(event)}</Event>"
        f"<EventKey>{cdata(key)}</EventKey></xml>"
    )


def media_push(
    openid: str, account: str, kind: str, said: str, message_id: str, *, now: float
) -> str:
    """Return the XML of a message that is no text, as the platform pushes it.

    Args:
        openid: of the follower.
        account: the official account.
        kind: voice, image, video, shortvideo, location or link.
        said: what was said, the name of the place, or the title of the link.
        message_id: of the message.
        now: the clock.
    """
    return (
        f"<xml><ToUserName>{cdata(account)}</ToUserName>"
        f"<FromUserName>{cdata(openid)}</FromUserName><CreateTime>{int(now)}</CreateTime>"
        f"<MsgType>{cdata(kind)}</MsgType>{_content(kind, said)}<MsgId>{message_id}</MsgId></xml>"
    )


def _content(kind: str, said: str) -> str:
    """Return the fields that only this kind of message has."""
    if kind == "location":
        place = "<Location_X>30.25</Location_X><Location_Y>120.15</Location_Y><Scale>15</Scale>"
        return f"{place}<Label>{cdata(said)}</Label>"
    if kind == "link":
        fields = f"<Title>{cdata(said)}</Title><Description>{cdata('')}</Description>"
        return f"{fields}<Url>{cdata('https://example.com/')}</Url>"
    if kind == "image":
        return "<PicUrl><![CDATA[]]></PicUrl><MediaId><![CDATA[media]]></MediaId>"
    media = "<MediaId><![CDATA[media]]></MediaId>"
    if kind != "voice":
        return f"{media}<ThumbMediaId><![CDATA[thumb]]></ThumbMediaId>"
    return f"{media}<Format><![CDATA[amr]]></Format><Recognition>{cdata(said)}</Recognition>"
