"""An independent library, wechatpy, reads what we write, and we read what it writes."""

from __future__ import annotations

import base64
import time

from hypothesis import example, given
from hypothesis import strategies as st
from wechatpy import parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.replies import TextReply

from xinglin.wechat.envelope import Envelope
from xinglin.wechat.flatxml import read_fields
from xinglin.wechat.messages import parse
from xinglin.wechat.replies import event_push, text_push, text_reply

KEY = base64.b64encode(bytes(range(7, 39))).decode().rstrip("=")
TOKEN, APP_ID = "a-token", "wx0123456789abcdef"
OURS, THEIRS = Envelope(TOKEN, APP_ID, KEY), WeChatCrypto(TOKEN, KEY, APP_ID)
# What XML 1.0 can hold, without the spaces at both ends and line ends that either side may trim.
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), min_size=1
).filter(lambda text: text == text.strip())


@given(TEXTS)
@example("黄芪 ]]> & <b>")
def test_our_sealed_reply_opens_there(text: str) -> None:
    message = parse(read_fields(text_push("follower", "account", "问", "17", now=1).encode()))
    sealed = OURS.seal(text_reply(message, text, now=2), encrypted=True)
    fields = read_fields(sealed.encode())

    opened = THEIRS.decrypt_message(
        sealed, fields["MsgSignature"], fields["TimeStamp"], fields["Nonce"]
    )

    read = parse_message(opened)
    assert (read.content, read.source, read.target) == (text, "account", "follower")


@given(TEXTS)
@example("四物汤由哪些药组成？")
def test_what_is_sealed_there_opens_here(text: str) -> None:
    stamp = str(int(time.time()))
    xml = text_push("follower", "account", text, "17", now=3)
    body = THEIRS.encrypt_message(xml, "nonce", stamp)
    query = {
        "encrypt_type": "aes",
        "msg_signature": read_fields(body.encode())["MsgSignature"],
        "timestamp": stamp,
        "nonce": "nonce",
    }

    opened = OURS.open(query, body.encode())

    message = parse(opened.fields)
    assert opened.encrypted
    assert (message.kind, message.openid, message.text) == ("text", "follower", text)


@given(TEXTS)
def test_both_read_a_push_alike(text: str) -> None:
    xml = text_push("follower", "account", text, "17", now=4)
    ours, theirs = parse(read_fields(xml.encode())), parse_message(xml)

    assert (ours.text, ours.openid, ours.account) == (theirs.content, theirs.source, theirs.target)
    assert theirs.id == 17


def test_both_read_an_event_alike() -> None:
    xml = event_push("follower", "account", "subscribe", now=5)

    assert parse(read_fields(xml.encode())).kind == parse_message(xml).event == "subscribe"


def test_both_write_the_same_fields() -> None:
    push = text_push("follower", "account", "问", "17", now=6)
    theirs = TextReply(message=parse_message(push), content="答", time=7).render()
    ours = text_reply(parse(read_fields(push.encode())), "答", now=7)

    assert read_fields(ours.encode()) == read_fields(theirs.encode())
