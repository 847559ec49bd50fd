"""Whatever reads a stranger's bytes takes twice the time for twice the bytes, and no more.

A row is (what reads, the reader, text of some length that is as bad as we could think of). A reader
that sees at most so many bytes, because a server or a limit of ours cuts them before, has that in
its row; below it time may grow as it will, as long as the whole is short.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import EnvironBuilder

from bot.console.export import _turn, _writer
from bot.console.guard import host_name, is_foreign, refusal
from bot.json_body import BadBody, read_json
from xinglin.blocklist import BlockList, read_words
from xinglin.commands import parse_command
from xinglin.errors import MessageError, SignatureError
from xinglin.wechat.crypto import MessageCipher, check, sign
from xinglin.wechat.envelope import Envelope
from xinglin.wechat.flatxml import BODY_LIMIT_BYTES, drop_forbidden, read_fields
from xinglin.wechat.messages import parse
from xinglin.wechat.pages import paginate
from xinglin.wechat.replies import cdata, tap_link, text_push

KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
LONGEST_ROW_S = 0.25  # for the largest input that a reader can get
MEASURABLE_S = 0.004
UNBOUNDED = 1 << 19
HEADER = 8192  # gunicorn refuses a longer header field, or a longer request line
Reader = Callable[[str], Any]


@dataclass(frozen=True)
class Row:
    name: str
    read: Reader
    begin: str = ""
    again: str = "x"
    end: str = ""
    most: int = UNBOUNDED

    def text(self, length: int) -> str:
        """Return about so many bytes of it."""
        around = len((self.begin + self.end).encode())
        times = max(1, (length - around) // len(self.again.encode()))
        return self.begin + self.again * times + self.end


def body(text: str) -> dict[str, str]:
    return read_fields(text.encode("utf-8", "replace"))


def open_encrypted(text: str) -> Any:
    query = {"timestamp": "1", "nonce": "2", "msg_signature": "0" * 40}
    return Envelope("token", "wx1", KEY).open(query, text.encode())


def sealed_text(text: str) -> Any:
    """Text inside a push that somebody with the key sealed."""
    envelope = Envelope("token", "wx1", KEY)
    query, sealed = envelope.seal_push(text, encrypted=True)
    return envelope.open(query, sealed.encode())


def message(text: str) -> Any:
    return parse(body(text_push("o1", "gh", text, "1", now=1)))


def web_request(**environ: str) -> Any:
    """Parse a request as the app's views do."""
    found = EnvironBuilder(method="POST", environ_overrides=environ).get_request(
        Flask.request_class
    )
    return (
        found.args.get("timestamp"), found.cookies.get("xinglin_admin"), found.is_json, found.host,
        found.mimetype, found.headers.get("Authorization"), found.content_length,
    )  # fmt: skip


def json_of(text: str) -> Any:
    builder = EnvironBuilder(method="POST", data=text.encode(), content_type="application/json")
    return read_json(builder.get_request(Flask.request_class))


def exported(text: str) -> Any:
    turn = {"kind": "text", "message_id": "1", "text": text, "reply": text}
    return _turn(turn), _writer(text, generated=True)


WORDS = BlockList("")
WORDS._words = read_words("\n".join(f"词{n}" for n in range(200)))

BODIES = [
    ("unclosed CDATA", "<xml>", "<![CDATA[", ""),
    ("CDATA ends", "<xml><Content><![CDATA[", "]]>", "</xml>"),
    ("half CDATA ends", "<xml><Content><![CDATA[", "]]", "]]></Content></xml>"),
    ("end tags in a text", "<xml><Content><![CDATA[", "]]></Content>", "]]></Content></xml>"),
    ("end tags of others", "<xml><MsgType><![CDATA[", "]]></Content>", "]]></MsgType></xml>"),
    ("CDATA in many fields", "<xml>", "<a><![CDATA[x]]></a>", "</xml>"),
    ("CDATA, space, end", "<xml>", "<a><![CDATA[x]]> </a>", "</xml>"),
    ("CDATA and text", "<xml><a>", "<![CDATA[x]]>y", "</a></xml>"),
    ("our own escape", "<xml><Content><![CDATA[", "]]]]><![CDATA[>", "]]></Content></xml>"),
    ("nested", "", "<xml>", ""),
    ("many fields", "<xml>", "<a></a>", "</xml>"),
    ("empty fields", "<xml>", "<a/>", "</xml>"),
    ("end tags", "<xml>", "</a>", ""),
    ("less-than", "<xml>", "<", ""),
    ("comments", "<xml><a>", "x<!---->", "</a></xml>"),
    ("unclosed comment", "<xml><a><!--", "--", ""),
    ("spaces before", "", " ", "<xml></xml>"),
    ("spaces after", "<xml></xml>", "\n", ""),
    ("spaces in a tag", "<xml><a", " ", "></a></xml>"),
    ("spaces after CDATA", "<xml><a><![CDATA[x]]>", " ", "</a></xml>"),
    ("declaration", "<?xml ", "?", ""),
    ("declarations", "", "<?xml?>", ""),
    ("attributes", "<xml", ' a="b"', "></xml>"),
    ("a long name", "<xml><", "a", "></xml>"),
    ("references", "<xml><a>", "&#65;", "</a></xml>"),
    ("half references", "<xml><a>", "&#x", "</a></xml>"),
    ("figures", "<xml><a>&#", "1", ";</a></xml>"),
    ("ampersands", "<xml><a>", "&", "</a></xml>"),
    ("forbidden characters", "<xml><a>", "\x00", "</a></xml>"),
    ("byte order marks", "", "\ufeff", "<xml></xml>"),
    ("line ends", "<xml><a>", "\r\n", "</a></xml>"),
    ("document type", "<!DOCTYPE ", "[", ""),
    ("Encrypt", "<xml><Encrypt><![CDATA[", "A", "]]></Encrypt></xml>"),
    ("Encrypts", "<xml>", "<Encrypt>A</Encrypt>", "</xml>"),
]  # fmt: skip
TEXTS = [
    ("full stops", "", "。", "x"), ("spaces", "", " ", "x"), ("brackets", "", "【", ""),
    ("feedback", "反馈", "：", "x"), ("feedback words", "反馈 ", "。 ", ""),
    ("marks in falling order", "a", "\u0315\u0316", ""), ("ligatures", "", "\ufdfa", ""),
    ("hangul", "", "\u1100\u1161\u11a8", ""), ("letters", "", "一", ""),
    ("links", "", '<a href="', ""), ("emoji", "", "\U0001f468\u200d", ""),
]  # fmt: skip
JSONS = [
    ("brackets", "", "[", ""), ("braces", "", '{"a":', ""), ("quotes", '"', '\\"', '"'),
    ("figures", '{"a":', "9", "}"), ("zeros", '{"a":1', "0", "}"), ("exponents", "1e", "9", ""),
    ("minus", "", "-", ""), ("spaces", "", " ", "1"), ("escapes", '"', "\\u0041", '"'),
    ("surrogates", '"', "\\ud83d\\ude00", '"'), ("half surrogates", '"', "\\ud800", '"'),
    ("a list", "[0", ",0", "]"), ("lists", "[[]", ",[]", "]"), ("names", '{"a":1', ',"a":1', "}"),
    ("broken", "[", '"', ""), ("literals", "[true", ",true", "]"),
]  # fmt: skip
QUERIES = [
    ("ampersands", "", "&", ""), ("equals", "", "=", ""), ("percents", "", "%", ""),
    ("pairs", "a=1", "&a=1", ""), ("escapes", "a=", "%E4%BD%A0", ""), ("half", "a=", "%E4", ""),
    ("plus", "a=", "+", ""), ("semicolons", "a", ";", ""), ("brackets", "a", "[]", "=1"),
]  # fmt: skip
COOKIES = [
    ("semicolons", "", ";", ""), ("pairs", "a=1", ";a=1", ""), ("quotes", 'a="', "\\", ""),
    ("escapes", 'a="', "\\012", '"'), ("spaces", "a=", " ", "x"), ("equals", "", "=", ""),
]  # fmt: skip
TYPES = [
    ("parameters", "application/json", ";a=b", ""), ("quotes", 'application/json;a="', '\\"', ""),
    ("spaces", "application/json;", " ", "x"), ("stars", "a/b;", "a*0=b;", ""),
    ("semicolons", "a/b", ";", ""), ("slashes", "", "/", ""),
]  # fmt: skip
HOSTS = [
    ("brackets", "", "[", ""), ("colons", "", ":", ""), ("dots", "", ".", ""), ("at", "", "@", ""),
    ("figures", "127.0.0.1:", "9", ""), ("slashes", "http://", "/", ""), ("letters", "", "ａ", ""),
    ("dashes", "xn--", "-", "a"),
]  # fmt: skip


def rows() -> list[Row]:
    found = []

    def add(name: str, read: Reader, shapes: list[tuple[str, str, str, str]], most: int) -> None:
        found.extend(Row(f"{name}: {what}", read, *text, most) for what, *text in shapes)

    add("a body", body, BODIES, BODY_LIMIT_BYTES)
    add("an envelope", open_encrypted, BODIES, BODY_LIMIT_BYTES)
    add("inside an envelope", sealed_text, BODIES, 40_000)
    add("a message", message, TEXTS, BODY_LIMIT_BYTES - 2000)
    add("a command", parse_command, TEXTS, BODY_LIMIT_BYTES)
    add("the word list", lambda text: WORDS.find(text, "in"), TEXTS[:5], BODY_LIMIT_BYTES)
    add("forbidden characters", drop_forbidden, TEXTS, UNBOUNDED)
    add("a page", lambda text: paginate(text, suffix="完", more="续"), TEXTS, UNBOUNDED)
    add("a reply", cdata, [*TEXTS, ("ends", "", "]]>", "")], UNBOUNDED)
    add("a link", lambda text: tap_link(text, text), TEXTS, UNBOUNDED)
    add("an exported turn", exported, TEXTS, BODY_LIMIT_BYTES)
    add("JSON", json_of, JSONS, BODY_LIMIT_BYTES)
    add("an Origin", lambda text: is_foreign(text, None, "a"), HOSTS, HEADER)
    add("a Host", host_name, HOSTS, HEADER)
    add("a Host of the console", lambda text: refusal("127.0.0.1", text, ()), HOSTS, HEADER)
    add("an address", lambda text: refusal(text, "localhost", ()), HOSTS, HEADER)
    add("header names", lambda t: refusal("::1", "localhost", t.split(",")), [
        ("names", "a", ",X-A", "")], HEADER)  # fmt: skip
    add("a query", lambda text: web_request(QUERY_STRING=text), QUERIES, HEADER)
    add("cookies", lambda text: web_request(HTTP_COOKIE=text), COOKIES, HEADER)
    add("a content type", lambda text: web_request(CONTENT_TYPE=text), TYPES, HEADER)
    add("a Host header", lambda text: web_request(HTTP_HOST=text), HOSTS, HEADER)
    add("a length", lambda text: web_request(CONTENT_LENGTH=text), [
        ("figures", "", "9", ""), ("spaces", "", " ", "1")], HEADER)  # fmt: skip
    add("a signature", lambda text: check("0" * 40, text), TEXTS, BODY_LIMIT_BYTES)
    add("what is signed", lambda text: sign("token", text, text), TEXTS, BODY_LIMIT_BYTES)
    add("a cipher text", MessageCipher(KEY, "wx1").decrypt, [
        ("letters", "", "AAAA", ""), ("equals", "", "=", ""), ("others", "", "你", "")],
        UNBOUNDED)  # fmt: skip
    return found


def took_s(read: Reader, text: str, tries: int = 5) -> float:
    """Return the least processor time of some tries; other processes can only make it longer."""
    best = float("inf")
    for _ in range(tries):
        began = time.thread_time()
        try:
            read(text)
        except (MessageError, SignatureError, BadBody):
            pass
        best = min(best, time.thread_time() - began)
        if best > LONGEST_ROW_S:
            break
    return best


def growth(row: Row) -> tuple[float, float]:
    """Return (seconds for the longest input tried, how much longer than for half of it).

    Where a cache or an arena of memory ends, the time for twice the bytes can jump once: two
    doublings are measured, and the smaller growth counts. The square of the length shows in both.
    """
    length = min(row.most, 1 << 12)
    while True:
        whole = took_s(row.read, row.text(length))
        if whole >= MEASURABLE_S or length >= row.most:
            break
        length = min(row.most, 2 * length)
    if whole < MEASURABLE_S:
        return whole, 0.0
    half, quarter = (took_s(row.read, row.text(length // part)) for part in (2, 4))
    return whole, min(whole / half, half / quarter)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.name)
def test_twice_the_bytes_take_twice_the_time(row: Row) -> None:
    for last in (False, False, True):  # a busy machine may disturb one measurement
        whole, ratio = growth(row)
        if (ratio < 3 and whole < LONGEST_ROW_S) or last:
            break

    assert ratio < 3, f"{ratio:.1f} times the time for twice the bytes ({whole:.3f} s)"
    assert whole < LONGEST_ROW_S


def test_a_reader_whose_time_grows_with_the_square_would_be_found() -> None:
    searched = re.compile(r"<!\[CDATA\[.*?\]\]>", re.DOTALL)

    row = Row("square", searched.search, again="<![CDATA[", most=BODY_LIMIT_BYTES)

    assert max(growth(row)[1] for _ in range(3)) > 3


def test_the_rows_are_as_long_as_they_say() -> None:
    for row in rows():
        assert len(row.text(4096).encode("utf-8", "surrogatepass")) <= 4096 + 64
        json.dumps(row.text(64))
