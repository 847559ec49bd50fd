"""Passive replies as XML, and the links in them that send a text when tapped."""

from __future__ import annotations

import html
from urllib.parse import quote

from xinglin.wechat.flatxml import drop_forbidden
from xinglin.wechat.messages import Message


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


def event_push(openid: str, account: str, event: str, *, now: float) -> str:
    """Return the XML of an event (subscribe, ...) as the platform would push it."""
    return (
        f"<xml><ToUserName>{cdata(account)}</ToUserName>"
        f"<FromUserName>{cdata(openid)}</FromUserName><CreateTime>{int(now)}</CreateTime>"
        f"<MsgType><![CDATA[event]]></MsgType><Event>{cdata(event)}</Event>"
        f"<EventKey><![CDATA[]]></EventKey></xml>"
    )


def media_push(
    openid: str, account: str, kind: str, said: str, message_id: str, *, now: float
) -> str:
    """Return the XML of a voice (with what was `said`), image, ... as the platform pushes it."""
    return (
        f"<xml><ToUserName>{cdata(account)}</ToUserName>"
        f"<FromUserName>{cdata(openid)}</FromUserName><CreateTime>{int(now)}</CreateTime>"
        f"<MsgType>{cdata(kind)}</MsgType><MediaId><![CDATA[media]]></MediaId>"
        f"<Recognition>{cdata(said)}</Recognition><MsgId>{message_id}</MsgId></xml>"
    )
