"""Bodies as the platform writes them: what a follower wrote stands in CDATA as it is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinglin.errors import MessageError
from xinglin.wechat.flatxml import BODY_LIMIT_BYTES, MOST_ELEMENTS, drop_forbidden, read_fields
from xinglin.wechat.messages import parse
from xinglin.wechat.replies import cdata, text_push

PUSH = (
    "<xml><ToUserName><![CDATA[gh]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName>"
    "<CreateTime>7</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[{}]]></Content><MsgId>17</MsgId></xml>"
)
# What WeChat's clients can send: no control characters but line ends.
WRITTEN = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))
MARKS = st.sampled_from(
    ["]]>", "<![CDATA[", "]]", "]]></Content>", "]]></FromUserName>", "<MsgId>1</MsgId>", "</xml>",
     "]]></Content><FromUserName><![CDATA[o2]]></FromUserName><Content><![CDATA[", "&amp;", "<!--",
     "]]></Content><MsgId>2</MsgId>", "<", ">", "]", "&#65;", "<Content>", "<?xml?>"]
)  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "黄芪]]>有什么功效",
        "黄芪<![CDATA[有什么]]>功效",
        "<![CDATA[黄芪]]>",
        "]]>",
        "]]]]>>",
        "<![CDATA[<![CDATA[",
        "当归]]></Content>呢",
        "a &amp; b <b>",
    ],
)
def test_marks_of_cdata_in_a_text_are_read_as_they_were_written(text: str) -> None:
    assert read_fields(PUSH.format(text).encode())["Content"] == text


@given(st.lists(WRITTEN | MARKS, max_size=12).map("".join))
def test_no_text_reaches_into_the_fields_around_it(text: str) -> None:
    fields = read_fields(PUSH.format(text).encode())

    assert fields["FromUserName"] == "o1"
    assert fields["MsgId"] == "17"
    assert fields["MsgType"] == "text"
    assert fields["Content"] == text.replace("]]]]><![CDATA[>", "]]>")
    assert set(fields) == {
        "ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId",
    }  # fmt: skip


@given(st.lists(WRITTEN | MARKS, max_size=12).map("".join))
def test_what_an_xml_writer_escapes_is_read_back(text: str) -> None:
    assert read_fields(f"<xml><A>{cdata(text)}</A></xml>".encode())["A"] == text
    assert parse(read_fields(text_push("o1", "gh", text, "1", now=1).encode())).text == text.strip()


def test_of_two_fields_of_one_name_the_first_counts() -> None:
    body = "<xml><A>1</A><B><C>2</C><C>3</C></B><A><![CDATA[4]]></A></xml>"

    assert read_fields(body.encode()) == {"A": "1", "B": "", "B.C": "2"}


def test_references_comments_and_declarations_are_understood() -> None:
    body = (
        '\ufeff<?xml version="1.0"?>\n<xml>\n<A >&lt;&#x9ec4;&#33450;&amp;&nbsp;</A ><!-- x --><B/>'
        "<C>1<!-- </C> -->2<![CDATA[&lt;]]></C>\r\n</xml>\n"
    )

    assert read_fields(body.encode()) == {"A": "<黄芪&&nbsp;", "B": "", "C": "12&lt;"}


@pytest.mark.parametrize(
    "body",
    [
        "<xml a='1'></xml>",
        "<xml><a b='1'>x</a></xml>",
        "<xml><a>x</b></xml>",
        "<xml><a>x</xml>",
        "<xml></xml>x",
        "<xml></xml><xml></xml>",
        "<xml><![CDATA[x</xml>",
        "<xml><a><![CDATA[x]]></a>",
        "<xml><!-- </xml>",
        "</xml>",
        "<?xml <xml></xml>",
        "<xml>" + "<a/>" * MOST_ELEMENTS + "</xml>",
        "<xml>" + "<a>" * 9 + "</a>" * 9 + "</xml>",
        f"<xml><{'a' * 65}/></xml>",
        "<!DOCTYPE xml><xml></xml>",
        " <!DOCTYPE x [<!ENTITY a 'b'>]><xml>&a;</xml>",
    ],
)
def test_what_the_platform_never_writes_is_refused(body: str) -> None:
    with pytest.raises(MessageError):
        read_fields(body.encode())


@given(st.lists(MARKS | WRITTEN | st.sampled_from(["<xml>", "</a>", "<a>", "<a/>"])).map("".join))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        fields = read_fields(text.encode())
    except MessageError:
        return
    assert all(drop_forbidden(value) == value for value in fields.values())


def test_the_longest_body_of_open_cdata_is_refused_at_once() -> None:
    body = b"<xml>" + b"<![CDATA[" * 7200
    assert len(body) < BODY_LIMIT_BYTES

    began = time.thread_time()
    with pytest.raises(MessageError):
        read_fields(body)

    assert time.thread_time() - began < 0.05


@given(st.sampled_from(["<xml><Content>{}", "{}", "<{}>", "<xml></{}>", "<xml>{}", "<xml a='{}'>"]))
def test_a_refusal_quotes_nothing_of_what_was_written(shape: str) -> None:
    for word in ("秘密", "Secret"):
        with pytest.raises(MessageError) as caught:
            read_fields(shape.format(word).encode())
        assert word not in str(caught.value)
