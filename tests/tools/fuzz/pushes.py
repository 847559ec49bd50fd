"""Feeds whatever opens and reads a push, or a request's JSON, with arbitrary ones.

    python -m tests.tools.fuzz.pushes --seconds 60 --seed 1

Most pushes are signed, so that what is behind the signature is reached: odd XML, odd fields, broken
bytes, odd messages within a good cipher text, broken cipher texts, blocks that lie about their
length, odd queries. `Fuzzer` makes them for the running service too (`tests/system/faults`).
"""

from __future__ import annotations

import base64
import json
import random
import re
import time
from collections.abc import Callable
from functools import partial
from urllib.parse import urlencode

from flask import Flask
from werkzeug.test import EnvironBuilder

from bot.json_body import BadBody, read_json
from tests.tools.fuzz.checkpoint import anything, changed_bytes
from tests.tools.fuzz.loop import Reader, feed, run
from tests.tools.wechat_simulator.wire import Account, Mode, signature, text_fields
from xinglin.commands import parse_command
from xinglin.errors import MessageError, SignatureError
from xinglin.wechat.envelope import Envelope
from xinglin.wechat.messages import parse

MOST_S = 0.5
"""Processor time of one reader for one push of at most 64 KB; a busy machine needs room."""
AES_KEY = base64.b64encode(bytes(range(32))).decode().rstrip("=")
MODES: tuple[Mode, ...] = ("plain", "compatible", "safe")
Push = tuple[str, bytes]

TOKENS = [
    "<xml>", "</xml>", "<![CDATA[", "]]>", "]]", ">", "<", "</", "/>", "<!--", "-->", "<?xml", "?>",
    "<!DOCTYPE x [", "<Content>", "</Content>", "<FromUserName>", "</FromUserName>", "<MsgType>",
    "text", "event", "voice", "</MsgType>", "<MsgId>", "</MsgId>", "<Encrypt>", "</Encrypt>", "&lt;",
    "&#0;", "&#x110000;", "&#xD800;", "&amp", "\x00", "\ufeff", "\ufffe", "黄芪", "一" * 300, "9" * 400,
    " " * 200, "\r\n", "<a b='c'>", "👨‍👩‍👧", "\u0315\u0316" * 50, "{", "[", '"', "\\ud800", "%", "oFuzz",
]  # fmt: skip
FIELDS = ["ToUserName", "FromUserName", "CreateTime", "MsgType", "Content", "MsgId", "Event",
          "EventKey", "Recognition", "Title", "MediaId", "Label", "Encrypt"]  # fmt: skip
VALUES = ["", " ", "0", "-1", "1.5", "9" * 30, "text", "TEXT", "event", "CLICK", "subscribe", "voice",
          "image", "hologram", "o1", "继续", "重置", "我的数据", "帮助", "反馈 好", "a" * 129]  # fmt: skip


class Fuzzer:
    """Makes signed pushes of which each has something wrong in another place."""

    def __init__(self, rng: random.Random, secret: Account, plain: Account) -> None:
        self.rng, self.secret, self.plain = rng, secret, plain
        self.ways: list[Callable[[], tuple[str, bytes]]] = [
            self._tokens, self._fields, self._broken, self._inside, self._cipher, self._blocks, self._query,
        ]  # fmt: skip

    def next(self) -> tuple[str, bytes]:
        """Return (query, body)."""
        return self.rng.choice(self.ways)()

    def _signed(self, known: Account, body: bytes, sealed: str | None = None) -> tuple[str, bytes]:
        stamp, nonce = str(int(time.time())), f"{self.rng.getrandbits(48):x}"
        query = {"signature": signature(known.token, stamp, nonce), "timestamp": stamp}
        query["nonce"] = nonce
        if sealed is not None:
            query["encrypt_type"] = "aes"
            query["msg_signature"] = signature(known.token, stamp, nonce, sealed)
        return urlencode(query), body

    def _text(self) -> str:
        return "".join(self.rng.choices(TOKENS, k=self.rng.randint(0, 200)))

    def _xml(self) -> str:
        names = self.rng.sample(FIELDS, self.rng.randint(1, len(FIELDS)))
        rows = []
        for name in names + self.rng.choices(FIELDS, k=self.rng.randint(0, 3)):
            value = self.rng.choice([*VALUES, self._text()])
            rows.append(f"<{name}>{self.rng.choice([f'<![CDATA[{value}]]>', value])}</{name}>")
        return f"<xml>{''.join(rows)}</xml>"

    def _good(self) -> bytes:
        number = str(self.rng.getrandbits(50))
        fields = text_fields(self.plain, f"oFuzz{self.rng.randint(0, 5)}", self._text(), number)
        fields["Content"] = f"<![CDATA[{self._text()}]]>"
        return f"<xml>{''.join(f'<{n}>{v}</{n}>' for n, v in fields.items())}</xml>".encode()

    def _mangle(self, body: bytes) -> bytes:
        found = bytearray(body)
        for _ in range(self.rng.randint(1, 8)):
            at, end = sorted(self.rng.randint(0, len(found)) for _ in range(2))
            what = self.rng.randint(0, 3)
            if what == 0:
                del found[at : min(end, at + 40)]
            elif what == 1:
                found[at:at] = bytes(self.rng.getrandbits(8) for _ in range(self.rng.randint(1, 9)))
            elif what == 2:
                found[at:at] = found[at : min(end, at + 400)] * self.rng.randint(1, 30)
            elif found:
                found[min(at, len(found) - 1)] = self.rng.getrandbits(8)
        return bytes(found[:64_000])

    def _tokens(self) -> tuple[str, bytes]:
        begin = self.rng.choice(["", "<xml>", "<xml><Content><![CDATA["])
        again = self.rng.choice(TOKENS) * self.rng.randint(1, 4000)
        return self._signed(self.plain, f"{begin}{again}{self._text()}".encode()[:64_000])

    def _fields(self) -> tuple[str, bytes]:
        return self._signed(self.plain, self._xml().encode("utf-8", "replace")[:64_000])

    def _broken(self) -> tuple[str, bytes]:
        return self._signed(self.plain, self._mangle(self._good()))

    def _inside(self) -> tuple[str, bytes]:
        text = self.rng.choice([self._xml(), self._text(), self._good().decode("utf-8", "replace")])
        sealed = self.secret.crypto.encrypt(text[:9000].encode("utf-8", "replace").decode())
        body = f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()
        return self._signed(self.secret, body, sealed)

    def _cipher(self) -> tuple[str, bytes]:
        good = self.secret.crypto.encrypt(self._good().decode()[:3000])
        sealed = self._mangle(good.encode()).decode("latin-1")[:9000]
        sealed = re.sub(r"[<&\]\x00-\x20\x7f-\xff]", "A", sealed)
        body = f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()
        return self._signed(self.secret, body, sealed)

    def _blocks(self) -> tuple[str, bytes]:
        """Seal what no honest sender would: lengths that lie, wrong padding, another app id."""
        plain = self._mangle(self.rng.randbytes(20) + self._good()[:3000] + b"wxfuzz")
        lie = self.rng.choice(
            [b"\x00" * 4, b"\xff" * 4, self.rng.randbytes(4), len(plain).to_bytes(4)]
        )
        plain = (plain[:16] + lie + plain[20:])[: len(plain) // 32 * 32]
        sealed = self.secret.crypto.seal_blocks(plain)
        body = f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt></xml>".encode()
        return self._signed(self.secret, body, sealed)

    def _query(self) -> tuple[str, bytes]:
        query, body = self._signed(self.plain, self._good())
        mangled = self._mangle(query.encode())[:2000].decode("latin-1")
        safe = re.sub(r"[^!-~]", "%", mangled).replace("#", "%23")
        return safe[:1200], body  # the client escapes again, and a line has 4,094 bytes


def account(mode: Mode) -> Account:
    """The account that pushes are for."""
    return Account("fuzztoken", "wxfuzz", AES_KEY, mode)


def make_push(choose: random.Random) -> Push:
    """A push; every eighth has a body that wants to be JSON."""
    query, body = Fuzzer(choose, account("safe"), account("plain")).next()
    if choose.random() < 0.125:
        body = json.dumps(anything(choose)).encode()
        body = changed_bytes(choose, body) if choose.random() < 0.5 else body
    return query, body


def readers() -> list[Reader[Push]]:
    """Everything that sees a push, in each mode, and a request's JSON."""
    opening = [
        Reader(mode, partial(_open, _envelope(mode)), refuses=(MessageError, SignatureError))
        for mode in MODES
    ]
    return [*opening, Reader("json", _read_json, refuses=(BadBody,))]


def _envelope(mode: Mode) -> Envelope:
    key = "" if mode == "plain" else AES_KEY
    return Envelope("fuzztoken", "wxfuzz", key, mode=mode)


def _open(envelope: Envelope, push: Push) -> None:
    """Open a push as the webhook does, and read its message and command."""
    request = _request(push)
    query = request.args.to_dict()
    opened = envelope.open(query, request.get_data())
    message = parse(opened.fields)
    assert len(set(opened.proofs)) == len(opened.proofs) > 0
    parse_command(message.text)
    json.dumps(opened.fields).encode()


def _read_json(push: Push) -> None:
    json.dumps(read_json(_request(push)), ensure_ascii=False).encode()


def _request(push: Push) -> Flask.request_class:
    query, body = push
    builder = EnvironBuilder(
        method="POST", data=body, content_type="application/json",
        environ_overrides={"QUERY_STRING": query},
    )  # fmt: skip
    return builder.get_request(Flask.request_class)


def fuzz(seed: int, *, times: int = 0, seconds: float = 0.0) -> tuple[int, float]:
    """Read pushes; returns how many and the longest processor time of a reader.

    Raises:
        AssertionError: a reader failed or took long; it names the push.
    """
    return feed(make_push, readers(), seed, most_s=MOST_S, times=times, seconds=seconds)


if __name__ == "__main__":
    run(fuzz, "pushes")
